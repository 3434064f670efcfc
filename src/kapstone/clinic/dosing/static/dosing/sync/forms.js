// From a form of the room to an event's payload: shape and range, and what to look at again.
const PLAIN = /^-?\d{1,9}(\.\d{1,9})?$/;
const DOSE_NUMBERS = { amount_mg: "Amount in mg", duration_min: "Minutes of the infusion", hold_min: "Minutes held in the mouth", mg_per_ml: "Strength in mg/mL", volume_ml: "Volume in mL" };
const PLACES = { duration_min: 1, hold_min: 1, volume_ml: 3 };
const MINUTE = 60_000;
const AHEAD_MS = 2 * MINUTE;

// Everything is gathered here: {kind, payload, errors, cautions, observedMs, supersedes}.
export function readForm(form, submitter, facts, nowMs) {
  const data = new FormData(form, submitter);
  const value = (name) => String(data.get(name) ?? "").trim();
  const found = { kind: value("kind"), payload: {}, errors: [], cautions: [], observedMs: null, supersedes: null };
  if (form.querySelector("[name=amount_mg]") && !found.kind) found.kind = "dose";
  const read = READERS[found.kind];
  if (!read) return null;
  read(found, value, facts, form);
  found.observedMs = handTime(value("observed_time"), facts.zone, nowMs, found.errors);
  return found;
}

function text(found, value, name, most, needed = "") {
  const said = value(name).replaceAll("\0", "");
  if (!said && needed) found.errors.push(needed);
  if (said.length > most) found.errors.push(`At most ${most} characters.`);
  if (said) found.payload[name] = said;
}

// --- Vital signs -----------------------------------------------------------------------------
function vitals(found, value, facts) {
  for (const [name, label, low, high, isWhole] of facts.signs) {
    const typed = value(name).replace(/(?<=\d),(?=\d{1,2}$)/, ".");
    if (!typed) continue;
    const number = PLAIN.test(typed) ? Number(typed) : NaN;
    if (!(number >= low && number <= high) || (isWhole && !Number.isInteger(number))) {
      found.errors.push(`${label}: enter ${isWhole ? "a whole number" : "a number"} from ${low} to ${high}.`);
    } else found.payload[name] = isWhole ? number : String(number);
  }
  if (!found.errors.length && !Object.keys(found.payload).length) {
    found.errors.push("Enter at least one value, or choose No value and the reason.");
  }
  if (value("is_dissociated_with_reflexes")) found.payload.is_dissociated_with_reflexes = true;
  if (value("is_confirmed")) found.payload.is_confirmed = true;
  else found.cautions.push(...doubts(found.payload, facts));
}

export function doubts(payload, facts) {
  const found = [];
  for (const [name, label, unit, low, high] of facts.ask) {
    const number = Number(payload[name] ?? NaN);
    if (Number.isNaN(number) || (number >= low && number <= high)) continue;
    const other = facts.other_units.find(([of, least, below]) => of === name && number >= least && number < below);
    found.push(`${`${label} ${number} ${unit}`.trim()}: is this right? ${other?.[3] ?? ""}`.trim());
  }
  const { systolic_mmhg: high, diastolic_mmhg: low } = payload;
  if (high !== undefined && low !== undefined && high - low < facts.pulse_pressure) {
    found.push(`Check ${high}/${low}: ${low >= high ? "diastolic is not below systolic" : "the two are very close"}.`);
  }
  return found;
}

// --- The others ------------------------------------------------------------------------------
function event(found, value, facts) {
  found.payload.event = value("event");
  if (value("degree") && facts.words.graded[value("event")]) found.payload.degree = Number(value("degree"));
  for (const name of ["sign", "amount", "route"]) text(found, value, name, 40);
  text(found, value, "detail", 300, value("event") === "other" ? "Other: write what happened." : "");
  text(found, value, "medicine", 80, value("event") === "medicine" ? "Medicine: write which one was given." : "");
  text(found, value, "ordered_by", 80);
}

function dose(found, value) {
  for (const [name, label] of Object.entries(DOSE_NUMBERS)) {
    const typed = value(name);
    if (!typed) continue;
    const places = typed.split(".")[1]?.replace(/0+$/, "").length ?? 0;
    if (!PLAIN.test(typed) || !(Number(typed) >= 0 && Number(typed) < 10_000) || places > (PLACES[name] ?? 2)) {
      found.errors.push(`${label}: enter a number of 0 or more, below 10,000, with a point.`);
    } else found.payload[name] = typed;
  }
  if (!(Number(found.payload.amount_mg) > 0)) found.errors.push("Amount in mg: more than 0.");
  for (const name of ["product", "route"]) found.payload[name] = value(name);
  text(found, value, "lot", 40);
  text(found, value, "draw", 36);
  text(found, value, "override_reason", 500);
  if (value("is_swallowed")) found.payload.is_swallowed = value("is_swallowed") === "yes";
  found.payload.is_identity_checked = Boolean(value("is_identity_checked"));
  if (value("is_confirmed")) found.payload.is_confirmed = true;
}

// What a correction of a dose does not ask again stays: product, route, lot, identity.
function correction(found, value, facts, form) {
  const { of, says, entry, at } = form.dataset;
  found.supersedes = entry;
  found.keepsTime = Date.parse(at);
  found.payload = { of, mistake: value("mistake") };
  if (!value("mistake")) found.errors.push("Choose what was wrong.");
  text(found, value, "detail", 300, value("mistake") === "other" ? "Say what was wrong." : "");
  if (value("what") === "nothing") return;
  const instead = { ...found, payload: {}, supersedes: null };
  const kept = JSON.parse(says);
  const both = of === "dose" ? (name) => value(name) || String(kept[name] ?? "") : value;
  READERS[of](instead, both, facts, form);
  if (of === "dose") instead.payload.is_identity_checked = Boolean(kept.is_identity_checked);
  found.payload.instead = instead.payload;
}

const READERS = {
  vitals,
  event,
  dose,
  correction,
  "no-value": (found, value) => { found.payload.reason = value("reason"); },
  note(found, value) {
    found.payload.speaker = value("speaker");
    if (!value("speaker")) found.errors.push("Who: choose one of the answers.");
    text(found, value, "text", 1000, "Note: write a few words.");
  },
  answer(found, value) {
    for (const name of ["entry", "parameter", "reply"]) found.payload[name] = value(name);
    text(found, value, "told", 80);
  },
  state(found, value) {
    for (const name of ["change", "item"]) found.payload[name] = value(name);
    text(found, value, "value", 300);
  },
};

// --- A time set by hand, of today in the clinic's zone; one still ahead was yesterday's --------
function clockIn(zone, ms) {
  const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  return new Intl.DateTimeFormat("en-GB", form).format(ms);
}

const minutesOf = (clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

export function handTime(typed, zone, nowMs, errors) {
  if (!typed) return null;
  const start = Math.floor(nowMs / MINUTE) * MINUTE;
  let ms = start + (minutesOf(typed) - minutesOf(clockIn(zone, nowMs))) * MINUTE;
  if (ms > nowMs + 12 * 60 * MINUTE) ms -= 24 * 60 * MINUTE;
  const off = minutesOf(typed) - minutesOf(clockIn(zone, ms)); // an hour, on the night it changes
  if (Math.abs(off) === 60) ms += off * MINUTE;
  if (ms > nowMs + AHEAD_MS) errors.push("That time lies ahead. Check the clock.");
  return ms;
}

export { clockIn };
