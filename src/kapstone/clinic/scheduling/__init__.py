"""Requests for a first appointment, appointments, and the rooms they are in."""
