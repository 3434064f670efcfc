"""A tablet for the tests: it makes events as the wire has them, and posts them."""

import json
import random
from uuid import UUID, uuid4

from django.urls import reverse
from tests.clinic.dosing.scene import MINUTE, PLANNED
from tests.sync.wire import batch_of, event_of

from kapstone.clinic.dosing.sync.envelope import (
    GENESIS,
    PROTOCOL,
    canonical,
    fingerprint,
    read_event,
    unix_ms,
)

NOTE = {"speaker": "patient", "text": "Floating."}
VITALS = {
    "systolic_mmhg": 128,
    "diastolic_mmhg": 78,
    "heart_rate_per_min": 72,
    "spo2_percent": 98,
    "alertness": 5,
}
DOSE = {
    "product": "racemic",
    "route": "IM",
    "amount_mg": "53.00",
    "lot": "A12",
    "mg_per_ml": "50.00",
    "volume_ml": "1.060",
    "is_identity_checked": True,
}


class Tablet:
    """One tablet in one session, with somebody signed in."""

    def __init__(self, scene, client, monkeypatch, user=None):
        self.scene, self.client, self.monkeypatch = scene, client, monkeypatch
        self.user = user or scene.nurse
        self.device_id = uuid4()
        self.seq, self.prev, self.minute = 0, GENESIS, 30.0
        client.force_login(self.user)

    def at(self, minute):
        self.minute = minute
        self.monkeypatch.setattr("django.utils.timezone.now", lambda: PLANNED + minute * MINUTE)
        return self

    def address(self, name):
        return reverse(f"dosing:{name}", kwargs={"session_key": self.scene.session.key})

    def post(self, name, body):
        self.at(self.minute)
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        answer = self.client.post(self.address(name), text, content_type="application/json")
        self.scene.stand()
        return answer

    def get(self, name):
        self.at(self.minute)
        answer = self.client.get(self.address(name))
        self.scene.stand()
        return answer

    def open(self, user=None):
        if user is not None:
            self.user = user
            self.client.force_login(user)
        body = {"device_id": str(self.device_id), "name": "Tablet 1", "storage": "persistent"}
        return self.post("devices", body)

    def lease(self, **change):
        body = {
            "device_id": str(self.device_id),
            "takes_over": False,
            "reason": "",
            "lot": "",
            **change,
        }
        return self.post("lease", body)

    def event(self, kind="note", payload=None, *, minute=None, **change):
        """Make the next event of this tablet."""
        self.seq += 1
        ms = unix_ms(PLANNED + (self.minute if minute is None else minute) * MINUTE)
        told = {
            "session": str(self.scene.session.key),
            "device_id": str(self.device_id),
            "device_seq": self.seq,
            "actor": str(self.user.key),
            "kind": kind,
            "payload": NOTE if payload is None else payload,
            **change,
        }
        event = event_of(ms=ms, bits=random.getrandbits(74), before=self.prev, **told)
        self.prev = fingerprint(read_event(event))
        return event

    def body(self, *events, **change):
        return batch_of(str(self.scene.session.key), str(self.device_id), events, **change)

    def send(self, *events, **change):
        """Post a batch; give what the server said, event by event, and the mark."""
        answer = self.post("batch", self.body(*events, **change))
        assert answer.status_code == 200, answer.content
        said = answer.json()
        assert said["protocol"] == PROTOCOL
        assert UUID(said["device_id"]) == self.device_id
        return said

    def result(self, event):
        """Post one event; give its result."""
        (one,) = self.send(event)["results"]
        return one


def same(one, other):
    return canonical(one) == canonical(other)
