"""What the gathering screens accept."""

from decimal import Decimal

from django import forms


class PatientFilterForm(forms.Form):
    """What to narrow the patients list to."""

    words = forms.CharField(label="Name or number", required=False, max_length=80)
    in_window = forms.BooleanField(label="Dose in the last two weeks", required=False)


class ContactForm(forms.Form):
    """How to reach a patient."""

    phone = forms.CharField(required=False, max_length=40)
    email = forms.EmailField(label="E-mail", required=False)
    pronouns = forms.CharField(required=False, max_length=40)
    safe_times = forms.CharField(
        label="Times when a call is fine", required=False, max_length=120
    )
    contact_name = forms.CharField(label="Who to call for them", required=False, max_length=120)
    contact_phone = forms.CharField(label="Their number", required=False, max_length=40)


class EmergencyCardForm(forms.Form):
    """What must be known in the first minute."""

    allergies = forms.CharField(
        required=False, max_length=300, help_text="Write none known if there are none."
    )
    medicines = forms.CharField(
        required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    airway = forms.CharField(label="Airway and anaesthesia", required=False, max_length=300)
    weight_kg = forms.DecimalField(
        label="Weight, kg",
        required=False,
        min_value=Decimal("20.0"),
        max_value=Decimal("350.0"),
        max_digits=5,
        decimal_places=1,
        error_messages={
            "min_value": "A weight under 20 kg is not an adult's. Check the unit.",
            "max_value": "A weight over 350 kg cannot be weighed here. Check the unit.",
        },
    )
