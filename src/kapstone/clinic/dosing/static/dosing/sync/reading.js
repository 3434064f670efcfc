// What a set of events says, in whatever order they came: the twin of sync/room.py.
import { QUESTIONED, hundredths, plainMg } from "./lease.js";

const TWICE_WITHIN_MS = 60_000;
const STAGES = ["ready", "dosing", "peak", "recovery", "left-against-advice", "went-home"]; // higher wins

// heard: [{event, flags}]; most: hundredths of a milligram that may be given in the session, or null.
// The same room from every order of the same events.
export function readRoom(heard, most = null) {
  const found = new Map(heard.map((one) => [one.event.event_id, one]));
  const events = [...found.values()].map((one) => one.event);
  const corrections = events.filter((one) => one.kind === "correction" && one.supersedes);
  const struck = new Set(corrections.map((one) => one.supersedes));
  const doses = standingDoses(events, struck, corrections);
  const states = events.filter((one) => one.kind === "state");
  const inQuestion = questioned(found, doses, most, items(states, "reconcile"));
  return {
    entries: new Set(found.keys()),
    struck,
    doses,
    totalMg: plainMg([...doses.values()].reduce((sum, one) => sum + one, 0)),
    inQuestion,
    isInConflict: inQuestion.size > 0,
    isStopped: events.some((one) => (one.kind === "event" && one.payload.event === "asks-to-stop")
      || (one.kind === "state" && one.payload.change === "emergency")),
    emergency: items(states, "emergency"),
    stage: stageOf(states, doses),
    responsible: responsibleOf(states),
    checks: checksOf(states),
    chartedTwice: twice(events, struck),
    verified: items(states, "verify"),
  };
}

const items = (states, change) =>
  new Set(states.filter((one) => one.payload.change === change).map((one) => String(one.payload.item)));

// Each dose that stands, with what the correction of it that comes first by id says was given.
function standingDoses(events, struck, corrections) {
  const says = new Map();
  for (const one of [...corrections].sort((a, b) => (a.event_id < b.event_id ? 1 : -1))) says.set(one.supersedes, one);
  const doses = new Map();
  for (const dose of events.filter((one) => one.kind === "dose")) {
    let [amount, last] = [hundredths(dose.payload.amount_mg), dose.event_id];
    const seen = new Set([last]);
    while (struck.has(last)) {
      const said = says.get(last);
      amount = said.payload.instead ? hundredths(said.payload.instead.amount_mg) : 0;
      last = said.event_id;
      if (seen.has(last)) break;
      seen.add(last);
    }
    if (amount > 0) doses.set(dose.event_id, amount);
  }
  return doses;
}

function* pairs(list) {
  for (let i = 0; i < list.length; i += 1) {
    for (let j = i + 1; j < list.length; j += 1) yield [list[i], list[j]];
  }
}

// Doses given outside the lease, those that did not know of each other, and all that pass the most.
function questioned(found, doses, most, reconciled) {
  const written = [...found.values()].filter((one) => one.event.kind === "dose");
  const doubtful = new Set(
    written.filter((one) => one.flags.some((flag) => QUESTIONED.has(flag))).map((one) => one.event.event_id),
  );
  for (const [{ event: one }, { event: other }] of pairs(written)) {
    if (one.knows.includes(other.event_id) || other.knows.includes(one.event_id)) continue;
    doubtful.add(one.event_id).add(other.event_id);
  }
  const total = [...doses.values()].reduce((sum, one) => sum + one, 0);
  if (most !== null && total > most) for (const id of doses.keys()) doubtful.add(id);
  return new Set([...doubtful].filter((id) => doses.has(id) && !reconciled.has(id)));
}

function stageOf(states, doses) {
  const reached = [...items(states, "room")].map((item) => STAGES.indexOf(item));
  if (doses.size) reached.push(STAGES.indexOf("dosing"));
  return STAGES[Math.max(0, ...reached)];
}

// Whoever began, until somebody they offered it to has accepted.
function responsibleOf(states) {
  const handed = states.filter((one) => one.payload.change === "handover");
  const holding = new Map(handed.filter((one) => one.payload.item === "begin").map((one) => [one.event_id, one.actor]));
  const offers = new Map(handed.filter((one) => one.payload.item === "offer").map((one) => {
    const [to, ...held] = one.payload.value.split(" ");
    return [one.event_id, [to, held.join(" ")]];
  }));
  const passed = new Set();
  for (const one of handed.filter((accept) => accept.payload.item === "accept")) {
    const [to, held] = offers.get(one.payload.value ?? "") ?? ["", ""];
    if (to !== one.actor) continue;
    holding.set(one.event_id, one.actor);
    passed.add(held);
  }
  return new Set([...holding].filter(([mine]) => !passed.has(mine)).map(([, who]) => who));
}

// A tick stands unless an un-tick names it.
function checksOf(states) {
  const checks = states.filter((one) => one.payload.change === "check");
  const isUndo = (one) => one.payload.value.startsWith("undo ");
  const undone = new Set(checks.filter(isUndo).map((one) => one.payload.value.slice(5, 41)));
  const ticked = new Map(checks.map((one) => [String(one.payload.item), false]));
  for (const one of checks) {
    if (!isUndo(one) && !undone.has(one.event_id)) ticked.set(String(one.payload.item), true);
  }
  return ticked;
}

// Equal vital signs within a minute from two devices: perhaps charted twice; never merged.
function twice(events, struck) {
  const vitals = events.filter((one) => one.kind === "vitals" && !struck.has(one.event_id));
  const names = (payload) => JSON.stringify(Object.entries(payload).sort());
  return [...pairs(vitals)].filter(([one, other]) =>
    one.device_id !== other.device_id && names(one.payload) === names(other.payload)
    && Math.abs(Date.parse(one.observed_at) - Date.parse(other.observed_at)) <= TWICE_WITHIN_MS)
    .map(([one, other]) => [one.event_id, other.event_id].sort());
}
