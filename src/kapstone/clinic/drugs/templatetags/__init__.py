"""Words of the drug log for templates."""
