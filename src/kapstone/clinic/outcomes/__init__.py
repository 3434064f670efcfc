"""How the series went, and the decision taken together."""
