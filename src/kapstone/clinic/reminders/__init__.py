"""Reminders and the calendar feed: what reaches people outside the app, computed when due."""
