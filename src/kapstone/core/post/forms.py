"""What the pages about messages accept."""

from datetime import time
from uuid import UUID
from zoneinfo import available_timezones

from django import forms

from kapstone.catalogue.post import load_post
from kapstone.core.post.actions import Wished
from kapstone.core.post.models import ContactWish

_NO_PLACES = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")


def zones() -> list[tuple[str, str]]:
    """List the time zones that are named after a place."""
    named = [one for one in available_timezones() if "/" in one]
    places = sorted(one for one in named if not one.startswith(_NO_PLACES))
    return [("UTC", "UTC"), *((one, one.replace("_", " ")) for one in places)]


def kinds() -> list[tuple[str, str]]:
    """List the messages that a patient may choose."""
    return [(kind.code, kind.choice) for kind in load_post().kinds if kind.choice]


def _hour(label: str, hint: str, wrong: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        help_text=hint,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages=dict.fromkeys(("required", "invalid"), wrong),
    )


class WishForm(forms.Form):
    """How a patient wants to be written to."""

    entry_id = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid"), "Open this page again, then press once more."
        ),
    )
    channel = forms.ChoiceField(
        label="May we write to you?",
        choices=[(one.value, one.label) for one in reversed(ContactWish.Channel)],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one of the two."},
    )
    kinds = forms.MultipleChoiceField(
        label="About what",
        choices=kinds,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    quiet_from = _hour("Nothing from", "In the evening.", "Write an hour, such as 21:00.")
    quiet_until = _hour("until", "In the morning.", "Write an hour, such as 08:00.")
    time_zone = forms.ChoiceField(
        label="Where you are", choices=zones, help_text="So that your night is your night."
    )
    names_clinic = forms.BooleanField(
        label="The clinic may write its name",
        required=False,
        help_text="Who sees your mail may then know where you are in care.",
    )

    def wished(self) -> Wished:
        """Give what was chosen, once the form is valid."""
        given = self.cleaned_data
        return Wished(
            channel=given["channel"],
            kinds=tuple(given["kinds"]),
            time_zone=given["time_zone"],
            quiet_from=given["quiet_from"],
            quiet_until=given["quiet_until"],
            names_clinic=given["names_clinic"],
        )

    def new_id(self) -> UUID:
        """Give the id of the press, once the form is valid."""
        found: UUID = self.cleaned_data["entry_id"]
        return found


def as_wished(wish: ContactWish | None, zone: str) -> dict[str, object]:
    """Give what the form shows at first: the standing wish, or nothing agreed yet."""
    if wish is None:
        said = load_post()
        return {
            "channel": ContactWish.Channel.NONE.value,
            "kinds": [code for code, _ in kinds()],
            "quiet_from": time(int(said.quiet_from_hour.value)),
            "quiet_until": time(int(said.quiet_until_hour.value)),
            "time_zone": zone,
        }
    return {
        "channel": wish.channel,
        "kinds": wish.kinds,
        "quiet_from": wish.quiet_from,
        "quiet_until": wish.quiet_until,
        "time_zone": wish.time_zone,
        "names_clinic": wish.names_clinic,
    }


class SeenToForm(forms.Form):
    """What to do about a message that did not simply arrive."""

    do = forms.ChoiceField(
        choices=[("again", "Send it again"), ("settle", "Put it away")],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Choose what to do: send again, or put away."
        ),
    )
