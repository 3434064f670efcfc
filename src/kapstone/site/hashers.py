"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class KapstoneArgon2Hasher(Argon2PasswordHasher):
    """
    Argon2id at OWASP's floor: 19 MiB, two passes, one lane.

    Django's own figures cost 100 MiB and eight lanes for each attempt, which lets a handful of
    wrong passwords at once stop a small server.
    """

    memory_cost = 19_456  # KiB
    time_cost = 2
    parallelism = 1
