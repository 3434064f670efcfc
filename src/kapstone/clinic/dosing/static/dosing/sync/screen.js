// What the room's screen shows of this tablet's own entries: list, bars, clocks, the next set due.
import * as bar from "./bar.js";
import { crossings, nextDue } from "./crossing.js";
import { facts } from "./facts.js";
import { clockIn } from "./forms.js";
import { list } from "./list.js";
import { SAVED, toLookAt, waiting } from "./outbox.js";

const recent = new Map(); // saved from here, until the server's own list has it
const MISSED = 2; // swaps of the list without it, and it has only grown old

export function remember(items) {
  for (const item of items) if (item.standing === SAVED) recent.set(item.event.event_id, { item, missed: 0 });
}

// After the server's list came: what it shows wears tick 2, what it no longer shows is let go.
export function settled() {
  for (const [id, one] of recent) {
    if (document.querySelector(`.feed [data-entry="${id}"]`)) one.missed = 0;
    else if ((one.missed += 1) >= MISSED) recent.delete(id);
  }
}

const at = (item) => Date.parse(item.event.observed_at);
const ofKind = (items, kind) => items.filter((one) => one.event.kind === kind);
const iso = (ms) => new Date(ms).toISOString();

export function draw(queue, isBroken, sendAgain) {
  const known = facts();
  const waits = waiting(queue);
  bar.show(waits, toLookAt(queue), isBroken);
  const here = new Set(queue.items.map((one) => one.event.event_id));
  const lately = [...recent.values()].map((one) => one.item).filter((one) => !here.has(one.event.event_id));
  list([...queue.items, ...lately], known, sendAgain);
  const isAlone = bar.isAlone(waits.length);
  warn(isAlone ? waits : [], known);
  if (isAlone) clocks(waits, known);
}

// --- Crossings, told here while the server is away ---------------------------------------------
function warn(waits, known) {
  const place = document.getElementById("crossings-here");
  if (!place || !known.limits) return;
  const answered = new Set(ofKind(waits, "answer").map(({ event }) => `${event.payload.entry} ${event.payload.parameter}`));
  const told = new Map();
  let before = known.newest;
  for (const { event } of ofKind(waits, "vitals")) {
    for (const one of crossings(event.payload, before, known)) {
      const key = `${event.event_id} ${one.parameter}`;
      if (!answered.has(key)) told.set(key, { ...one, entry: event.event_id, at: Date.parse(event.observed_at) });
    }
    before = event.payload;
  }
  for (const old of [...place.children]) if (!told.has(old.dataset.key)) old.remove();
  const drawn = new Set([...place.children].map((one) => one.dataset.key));
  for (const [key, one] of told) if (!drawn.has(key)) place.append(crossing(key, one, known));
}

function crossing(key, one, known) {
  const element = document.getElementById("crossing-here").content.firstElementChild.cloneNode(true);
  const [name, todo] = known.levels[one.level];
  element.dataset.key = key;
  element.querySelector("form").classList.toggle("act", one.level !== "alert");
  element.querySelector("[name=entry]").value = one.entry;
  element.querySelector("[name=parameter]").value = one.parameter;
  element.querySelector("[data-level]").textContent = `${name}.`;
  element.querySelector("[data-sentence]").textContent = `${one.sentence} At ${clockIn(known.zone, one.at)}. ${todo}`;
  return element;
}

// --- Time since the dose, and the next set due -------------------------------------------------
function clocks(waits, known) {
  const doses = ofKind(waits, "dose").map(at);
  const sets = ofKind(waits, "vitals").map(at);
  if (!doses.length && !sets.length) return;
  const dosed = known.dosed_ms ?? (doses.length ? Math.min(...doses) : null);
  if (dosed === null) return;
  since(dosed);
  const schedule = known.due.length ? known.due : known.plan.map((pair) => pair.map((ms) => ms + dosed));
  const taken = Math.max(known.taken_ms ?? -Infinity, ...sets);
  const due = nextDue(schedule, Number.isFinite(taken) ? taken : null);
  if (due) next(due, known);
}

function since(ms) {
  const clock = document.querySelector("#clocks .clock b");
  if (!clock || clock.dataset.since) return;
  clock.classList.remove("none");
  clock.dataset.since = iso(ms);
}

function next([dueMs, overdueMs], known) {
  let box = document.querySelector("#clocks .due");
  if (!box) {
    box = document.createElement("div");
    box.className = "due";
    box.innerHTML = '<div><span class="name"></span><b class="num" role="timer"></b></div>';
    document.getElementById("clocks").append(box);
  }
  box.dataset.from = iso(dueMs - 2 * (overdueMs - dueMs));
  box.dataset.to = iso(dueMs);
  box.dataset.overdue = iso(overdueMs);
  box.querySelector(".name").textContent = `next vitals ${clockIn(known.zone, dueMs)}`;
  box.querySelector("b").dataset.until = iso(dueMs);
}
