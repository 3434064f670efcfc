"""
A form changes what it asks for, and nothing else (F03, ASVS 15.3.3).

Every form that anybody is shown is posted filled in, with the name of every column of every
record of care beside what it asks. Nothing of the surplus may arrive.
"""

import uuid
from copy import copy
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from kapstone.core.access.fences import fenced_models, stand_in
from kapstone.core.people.models import CareRecord, ContactDetails, User

MARK = "smuggled in"
LONG_AGO = "2001-01-01T00:00:00Z"
KEY = str(uuid.UUID(int=7))
RECORDS = [model for model in fenced_models() if issubclass(model, CareRecord)]
LEAST_ACCEPTED = 60
# The administrator's own acts: they add, end and reset, and may still not raise anybody.
KEEPS_ACCOUNTS = {"access:person_add", "access:person_end", "access:person_reset"}
NEVER_RAISED = ("pk", "clinic_id", "role", "is_superuser", "is_staff", "username")


def columns():
    """Give every column of every record of care, of patients and of users."""
    tables = [model for model in fenced_models() if not model._meta.auto_created]
    return {column.name: column for model in tables for column in model._meta.concrete_fields}


def surplus(world):
    """Give a value for each column that nobody may set, as a form would send it."""
    far = {
        "clinic": world.clinics["elm"].pk,
        "recorded_by": world.users["far-therapist"].pk,
        "patient": world.patients["far"].pk,
        "subjects": world.patients["far"].alone_id,
    }
    values = {}
    for name, column in columns().items():
        if isinstance(column, models.ForeignKey):
            values[name] = values[f"{name}_id"] = str(far.get(name, 1))
        elif isinstance(column, models.UUIDField):
            values[name] = KEY
        elif isinstance(column, models.DateTimeField | models.DateField):
            values[name] = LONG_AGO
        elif isinstance(column, models.BooleanField):
            values[name] = "true"
        elif isinstance(column, models.CharField | models.TextField):
            values[name] = MARK
        else:
            values[name] = "4242"
    return values | {"by": "1", "at": LONG_AGO, "is_superuser": "true", "id": "1", "pk": "1"}


def newest():
    return {
        model: model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        for model in RECORDS
    }


def users_as_they_are(route, known):
    """Give what a form at this route may not change of the accounts that were there."""
    fields = [
        column.attname for column in User._meta.concrete_fields if column.name != "last_login"
    ]
    fields = NEVER_RAISED if route in KEEPS_ACCOUNTS else fields
    users = User.objects.filter(pk__in=known) if route in KEEPS_ACCOUNTS else User.objects
    return list(users.order_by("pk").values_list(*fields))


def arrived(row, asked):
    """Name the columns of a new row that hold what was smuggled in, unasked."""
    for column in row._meta.concrete_fields:
        if column.name in asked:
            continue
        value = getattr(row, column.attname)
        is_old = isinstance(value, datetime) and value.year == 2001
        if (
            value in (MARK, 4242)
            or is_old
            or (value == uuid.UUID(KEY) and column.name != "entry_id")
        ):
            yield f"{type(row).__name__}.{column.name}"


def test_no_form_takes_more_than_it_asks(world, forms, clients):
    smuggled, faults, accepted = surplus(world), [], 0
    asked = {form.route: set() for form in forms}
    for form in forms:
        asked[form.route] |= set(form.controls)
    for form in forms:
        user = world.users.get(form.who)
        if user is None:
            continue
        client, cookies = clients[form.who], copy(clients[form.who].cookies)
        with transaction.atomic():
            stand_in(clinic_id=user.clinic_id, user_id=user.pk)
            known = list(User.objects.values_list("pk", flat=True))
            before, people = newest(), users_as_they_are(form.route, known)
            sent = {**smuggled, **form.filled(world.at)}
            answer = client.post(form.action, sent)
            stand_in(clinic_id=user.clinic_id, user_id=user.pk)
            accepted += answer.status_code in {302, 303}
            faults += faults_of(form, user, before, asked[form.route])
            if users_as_they_are(form.route, known) != people:
                faults.append(f"{form}: changes an account")
            transaction.set_rollback(True)
        client.cookies = cookies
    assert not faults, "\n".join(faults)
    assert accepted >= LEAST_ACCEPTED, f"only {accepted} of {len(forms)} forms were accepted"


def faults_of(form, user, before, asked):
    for model, last in before.items():
        for row in model.objects.filter(pk__gt=last):
            yield from (f"{form}: sets {name}" for name in arrived(row, asked))
            if row.recorded_by_id != user.pk:
                yield f"{form}: {model.__name__} is written in another's name"
            if row.clinic_id != user.clinic_id:
                yield f"{form}: {model.__name__} is written into another clinic"
            if abs(timezone.now() - row.recorded_at) > timedelta(minutes=5):
                yield f"{form}: {model.__name__} is written at another time"


def test_a_form_that_takes_more_is_found(world):
    desk, other = world.users["desk"], world.users["author"]
    patient = world.patients["own"]
    with transaction.atomic():
        stand_in(clinic_id=desk.clinic_id, user_id=desk.pk)
        before = newest()
        ContactDetails.objects.create(
            clinic_id=desk.clinic_id,
            subjects=patient.alone,
            recorded_at=timezone.now() - timedelta(days=1),
            recorded_by=other,
            contact_name=MARK,
        )
        found = " ".join(faults_of("a form", desk, before, {"phone"}))
        transaction.set_rollback(True)
    assert "sets ContactDetails.contact_name" in found
    assert "in another's name" in found
    assert "at another time" in found
