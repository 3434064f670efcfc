"""What no vector and no schedule reaches: each refusal in words, and that all of it is pure."""

import ast
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from tests.sync import playing

import kapstone.clinic.dosing.sync as package
from kapstone.clinic.dosing.sync import batches, envelope, judging, outbox
from kapstone.errors import InvalidInput

NOTE = playing.load("envelope")["events"][0]["event"]
EVENT = envelope.read_event(NOTE)
BATCH = {
    "protocol": envelope.PROTOCOL,
    "session": NOTE["session"],
    "device_id": NOTE["device_id"],
    "waiting": 1,
    "events": [NOTE],
}
ANSWER = {
    "protocol": envelope.PROTOCOL,
    "session": NOTE["session"],
    "device_id": NOTE["device_id"],
    "mark": 1,
    "results": [
        {"id": NOTE["event_id"], "status": "saved", "commit_no": 1, "code": "", "words": ""}
    ],
}


def test_the_machine_is_pure():
    allowed = {"kapstone.errors"}
    for path in Path(package.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kapstone"):
                inside = node.module.startswith("kapstone.clinic.dosing.sync.")
                assert inside or node.module in allowed, (path.name, node.module)
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            module = getattr(node, "module", "") if isinstance(node, ast.ImportFrom) else ""
            assert not {"django", "random", "time"} & {*names, module}, path.name


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"is_hand_timed": "no"}, "is_hand_timed"),
        ({"payload": {"n": 2**53}}, "payload"),
        ({"payload": {"t": "half \ud800"}}, "payload"),
        ({"knows": ["0" * 36] * 51}, "knows"),
        ({"knows": "x"}, "knows"),
        ({"wall_ms": 1.5}, "wall_ms"),
    ],
)
def test_a_member_that_cannot_be_read_is_named(change, member):
    with pytest.raises(InvalidInput) as wrong:
        envelope.read_event(NOTE | change)
    assert set(wrong.value.fields) == {member}


def test_an_event_reads_back_as_it_was_written():
    for case in playing.load("envelope")["events"]:
        event = envelope.read_event(case["event"])
        assert envelope.read_event(envelope.as_wire(event)) == event


def test_a_time_reads_back_to_the_millisecond():
    for ms in (0, 1, 999, 1_772_445_600_123, envelope.LAST_MS):
        assert envelope.unix_ms(envelope.at_ms(ms)) == ms


# --- Batches


def test_a_batch_is_read():
    batch = batches.read_batch(BATCH | {"events": [NOTE, {"event_id": "x"}, 1]}, EVENT.session)
    assert batch.events == (EVENT,)
    assert [getattr(one, "id", "") for one in batch.parts] == ["", "x", None]


@pytest.mark.parametrize(
    "change",
    [
        {"protocol": "room-sync/0"},
        {"session": "x"},
        {"device_id": NOTE["device_id"].upper()},
        {"device_id": "x"},
        {"waiting": True},
        {"waiting": -1},
        {"events": [NOTE] * 201},
        {"more": 1},
    ],
)
def test_what_is_no_batch_is_refused_in_words(change):
    with pytest.raises(InvalidInput) as wrong:
        batches.read_batch(BATCH | change, EVENT.session)
    assert len(str(wrong.value).split()) >= 5


def test_an_answer_has_one_result_for_each_part_in_its_order():
    batch = batches.read_batch(BATCH | {"events": [{}, NOTE]}, EVENT.session)
    facts = judging.Facts(
        session=EVENT.session,
        device_id=EVENT.device_id,
        now_ms=EVENT.wall_ms,
        actors={EVENT.actor: True},
    )
    verdicts = judging.judge(facts, batch.events, playing.check)
    said = batches.answer_as_wire(EVENT.session, batch, verdicts, mark=1, server_ms=5)
    assert [one["status"] for one in said["results"]] == ["refused", "saved"]
    assert (said["mark"], said["server_ms"]) == (1, 5)
    queue = outbox.Outbox(session=EVENT.session, device_id=EVENT.device_id)
    one = said | {"results": said["results"][1:]}
    assert outbox.read_answer(queue, [EVENT], one).mark == 1


# --- The queue


def test_an_event_of_another_session_goes_into_no_queue():
    queue = outbox.Outbox(session=EVENT.session, device_id=EVENT.device_id)
    for change in ({"session": UUID(int=1)}, {"device_id": UUID(int=1)}):
        with pytest.raises(InvalidInput):
            outbox.append(queue, replace(EVENT, **change))


def test_what_is_posted_is_a_batch():
    queue = outbox.Outbox(session=EVENT.session, device_id=EVENT.device_id)
    queue, event = outbox.append(queue, EVENT)
    queue = outbox.kept(queue, event.event_id)
    body = outbox.batch_as_wire(queue, outbox.batch(queue))
    read = batches.read_batch(body, EVENT.session)
    assert (read.events, read.waiting) == ((event,), 1)


def result(**change):
    return {"results": [ANSWER["results"][0] | change]}


@pytest.mark.parametrize(
    "change",
    [
        {"mark": True},
        {"mark": -1},
        {"results": {}},
        {"results": ["x"]},
        result(status="waiting"),
        result(status=[]),
        result(commit_no="1"),
        result(id=7),
        result(id="x"),
        {"results": [{"id": NOTE["event_id"], "status": "saved"}]},
    ],
)
def test_an_answer_that_cannot_be_one_is_not_believed(change):
    queue = outbox.Outbox(session=EVENT.session, device_id=EVENT.device_id)
    assert outbox.read_answer(queue, [EVENT], ANSWER).mark == 1
    with pytest.raises(InvalidInput):
        outbox.read_answer(queue, [EVENT], ANSWER | change)
