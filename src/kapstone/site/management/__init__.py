"""What the site adds to Django's commands."""
