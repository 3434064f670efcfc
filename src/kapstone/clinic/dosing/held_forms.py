"""What the page of held entries accepts: what to do with one of them."""

from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict

from kapstone.clinic.dosing.actions import Decided
from kapstone.clinic.dosing.held import Held
from kapstone.clinic.dosing.models import DosingSession, HeldDecision, SessionEntry

Decision = HeldDecision.Decision
_ASKS = (
    (Decision.ACCEPTED.value, "Accept it as it is"),
    (Decision.ENTERED.value, "It stands in the record as another entry"),
    (Decision.SET_ASIDE.value, "Set it aside"),
)


class HeldForm(forms.Form):
    """One decision about one event that is held; nothing is chosen beforehand."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput)
    held = forms.CharField(widget=forms.HiddenInput, max_length=64)
    decision = forms.ChoiceField(
        label="What becomes of it",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what becomes of it."},
    )
    entry = forms.TypedChoiceField(
        label="The entry that says it",
        required=False,
        coerce=UUID,
        empty_value=None,
        help_text="Write it first in the room, with its time, where it is not there yet.",
    )
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=300,
        help_text="Needed to set it aside.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, held: Held, entries: list[tuple[str, str]], data: QueryDict | None = None
    ) -> None:
        super().__init__(
            data,
            initial={"entry_id": uuid4(), "held": held.key},
            auto_id=f"held-{held.key[:12]}-%s",
        )
        # What cannot be read cannot stand in the record either.
        asks = _ASKS if held.is_readable else _ASKS[1:]
        self.fields["decision"].choices = asks  # type: ignore[attr-defined]  # a choice field
        self.fields["entry"].choices = [  # type: ignore[attr-defined]  # a choice field
            ("", "Choose one"),
            *entries,
        ]

    def decided(self, session: DosingSession) -> Decided:
        """Give the decision as the act wants it."""
        said = self.cleaned_data
        entry = None
        if said["entry"] is not None:
            entry = SessionEntry.objects.filter(session=session, entry_id=said["entry"]).first()
        return Decided(
            decision=Decision(said["decision"]),
            entry=entry,
            reason=said["reason"],
            entry_id=said["entry_id"],
        )
