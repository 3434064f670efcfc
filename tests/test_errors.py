"""Every way Kapstone says no has its status and carries what the page needs."""

import pytest

from kapstone import errors


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.KapstoneError, 400),
        (errors.InvalidInput, 422),
        (errors.Refused, 422),
        (errors.NotAllowed, 403),
        (errors.NotFound, 404),
        (errors.Stale, 409),
        (errors.QuantityError, 422),
        (errors.ModelError, 422),
        (errors.CatalogueError, 500),
    ],
)
def test_each_error_has_its_status(kind, status):
    assert kind.status == status
    assert issubclass(kind, errors.KapstoneError)


def test_invalid_input_keeps_each_field_with_its_sentence():
    error = errors.InvalidInput({"weight_kg": "Enter a number.", "": "Nothing was saved."})
    assert str(error) == "Enter a number.; Nothing was saved."
    assert dict(error.fields) == {"weight_kg": "Enter a number.", "": "Nothing was saved."}
    with pytest.raises(TypeError):
        error.fields["weight_kg"] = "changed"


def test_a_refusal_carries_its_findings():
    finding = errors.Finding("no-consent", errors.Weight.BLOCK, "No consent is in force.")
    assert errors.Refused([finding]).findings == (finding,)
    assert str(errors.Refused([finding])) == "No consent is in force."
