"""The load of many rooms, and what the database could do without them."""
