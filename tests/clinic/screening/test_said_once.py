"""What a rule says is said once: its name stands before it only where it adds something."""

import pytest

from kapstone.clinic.screening.rules import Row

BASE = dict.fromkeys(Row.__dataclass_fields__)


@pytest.mark.parametrize(
    ("name", "sentence", "said"),
    [
        (
            "High blood pressure, not under control",
            "High blood pressure, under control.",
            "High blood pressure, under control.",
        ),
        ("Pregnancy", "Pregnancy.", "Pregnancy."),
        (
            "High blood pressure, not under control",
            "Systolic is above 140: treat first.",
            "High blood pressure, not under control: Systolic is above 140: treat first.",
        ),
    ],
)
def test_a_name_that_the_sentence_gives_is_not_said_twice(name, sentence, said):
    assert Row(**BASE | {"name": name, "sentence": sentence}).message == said
