"""What a patient reads about those who opened their record: names and roles in words."""

import pytest

from kapstone.core.access.views import Told
from kapstone.core.audit.models import AccessEntry


@pytest.mark.parametrize(
    ("name", "role", "words"),
    [
        ("Anna Weir", "front-desk", "front desk"),
        ("Front desk", "front-desk", ""),
        ("Anna Weir", "therapist", "therapist"),
        ("The evening's look", "system", "system"),
    ],
)
def test_a_role_is_said_in_words_and_once(name, role, words):
    told = Told(row=AccessEntry(role=role), name=name, what="schedule", about="")
    assert told.role == words
