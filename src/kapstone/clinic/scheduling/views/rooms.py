"""The clinic's rooms: add one, retire one."""

from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render

from kapstone.clinic.scheduling.actions import add_room, retire_room
from kapstone.clinic.scheduling.forms import RoomForm
from kapstone.clinic.scheduling.models import Room
from kapstone.clinic.scheduling.queries import bookings_ahead, rooms_of, rooms_retired
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import decide_here
from kapstone.core.people.http import Request, posted
from kapstone.core.ui.pages import see_other
from kapstone.errors import InvalidInput, Refused


@door("rooms", write=Action.CREATE)
def rooms(request: Request) -> HttpResponse:
    """List the rooms, and add one."""
    form = RoomForm(posted(request), initial={"entry_id": uuid4()})
    if form.is_valid():
        try:
            added = add_room(by=request.user, at=request.access.at, **form.cleaned_data)
        except InvalidInput as wrong:
            form.add_error("name", wrong.fields["name"])
        else:
            messages.success(request, f"{added.name} can be booked now.")
            return see_other("scheduling:rooms")
    clinic_id = request.user.clinic_id
    may_keep = decide_here(request.user, "rooms", Action.CREATE).allowed
    context = {
        "form": form if may_keep else None,
        "rooms": rooms_of(clinic_id),
        "retired": rooms_retired(clinic_id),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "scheduling/rooms.html", context, status=status)


@door("rooms", read=Action.AMEND, write=Action.AMEND)
def room_retire(request: Request, room_key: UUID) -> HttpResponse:
    """Ask once, then retire a room."""
    room = Room.objects.filter(key=room_key, clinic_id=request.user.clinic_id).first()
    if room is None:
        raise Http404
    form = forms.Form(posted(request))
    if form.is_valid():
        try:
            retire_room(by=request.user, at=request.access.at, room=room)
        except Refused as refusal:
            for finding in refusal.findings:
                form.add_error(None, finding.message)
        else:
            messages.success(request, f"{room.name} is booked no more.")
            return see_other("scheduling:rooms")
    context = {"form": form, "room": room, "ahead": bookings_ahead(room, request.access.at)}
    status = 422 if request.method == "POST" else 200
    return render(request, "scheduling/room_retire.html", context, status=status)
