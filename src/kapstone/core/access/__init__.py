"""The policy as data, the relations it reads, and the doors that ask it."""
