"""Tags for the pages of the day of the dose."""
