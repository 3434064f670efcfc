"""Passwords are hashed with the figures that the security paper asks for."""

from argon2 import extract_parameters

from kapstone.site import settings
from kapstone.site.hashers import KapstoneArgon2Hasher


def test_argon2_with_nineteen_mebibytes_two_passes_one_lane():
    hasher = KapstoneArgon2Hasher()
    encoded = hasher.encode("a long enough one", "somesaltsomesalt")
    found = extract_parameters(encoded.removeprefix("argon2"))
    assert (found.memory_cost, found.time_cost, found.parallelism) == (19_456, 2, 1)
    assert hasher.verify("a long enough one", encoded)
    assert not hasher.verify("another", encoded)


def test_it_is_the_only_one_the_product_knows():
    assert settings.__dict__["PASSWORD_HASHERS"] == [
        "kapstone.site.hashers.KapstoneArgon2Hasher"
    ]
