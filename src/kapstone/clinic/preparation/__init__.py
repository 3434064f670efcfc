"""Intention, the fork in the trail, and the container made ready."""
