"""Invitations: how a patient comes to a sign-in of their own."""
