"""Pages of the drug log."""
