"""One event and one batch as the wire has them, of a tablet to which nothing happened."""

from collections.abc import Iterable

from kapstone.clinic.dosing.sync.envelope import PROTOCOL, instant, uuid7


def event_of(*, ms: int, bits: int, before: str, **told: object) -> dict[str, object]:
    """
    Set an event of a moment, ms since 1970; ``bits`` are the chance in its id.

    ``told`` names session, device_id, device_seq, actor, kind and payload, and whatever else
    is not as usual.
    """
    return {
        "event_id": str(uuid7(ms, bits)),
        "authenticated": "password",
        "observed_at": instant(ms),
        "is_hand_timed": False,
        "source": "room",
        "wall_ms": ms,
        "mono_ms": 5000,
        "epoch_id": "a.1",
        "offset_ms": 0,
        "unc_ms": 20,
        "supersedes": None,
        "lease": None,
        "knows": [],
        "client_version": "1",
        "prev_hash": before,
        **told,
    }


def batch_of(
    session: str, device_id: str, events: Iterable[dict[str, object]], /, **change: object
) -> dict[str, object]:
    """Set a batch of events, after which nothing waits on the tablet."""
    sent = list(events)
    return {
        "protocol": PROTOCOL,
        "session": session,
        "device_id": device_id,
        "waiting": len(sent),
        "events": sent,
        **change,
    }
