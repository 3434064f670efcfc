"""Pages of the patient app, and of practice as the team sees it."""
