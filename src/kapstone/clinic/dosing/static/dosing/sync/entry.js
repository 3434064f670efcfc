// From a pressed button to an event on the disk: read, ask again, write, then show it.
import { isAway } from "./bar.js";
import * as disk from "./disk.js";
import { against, askTheRules, dosesKnown, leaseHere, takeLease } from "./dosing.js";
import { chance, faults, instant, uuid7 } from "./envelope.js";
import { facts } from "./facts.js";
import { readForm } from "./forms.js";
import { nowMs } from "./clocks.js";
import { write } from "./sending.js";
import { times } from "./timing.js";

const say = (words) => {
  const place = document.getElementById("said");
  if (place) place.textContent = words;
};

// Write what a form says; gives the kept item, or null where something is to be mended first.
export async function writeForm(form, submitter, device) {
  const known = facts();
  const told = times();
  const found = readForm(form, submitter, known, nowMs(told));
  forgetProblems(form);
  if (found.errors.length || found.cautions.length) return showProblems(form, found.errors, found.cautions);
  let [lease, knows] = [null, []];
  if (found.kind === "dose") {
    const dose = await readDose(form, submitter, found, device, nowMs(told));
    if (!dose) return null;
    [lease, knows] = [dose.lease, dose.knows];
  }
  const draft = {
    event_id: uuid7(nowMs(told), chance()),
    session: known.session,
    device_id: device,
    actor: known.actor,
    authenticated: "password",
    kind: found.kind,
    payload: found.payload,
    observed_at: instant(found.observedMs ?? found.keepsTime ?? nowMs(told)),
    is_hand_timed: found.observedMs !== null,
    source: "room",
    ...told,
    supersedes: found.supersedes,
    lease,
    knows,
    client_version: known.version,
  };
  const wrong = faults({ ...draft, device_seq: 1, prev_hash: "0".repeat(64) });
  if (wrong.length) return showProblems(form, [`This cannot be kept as it is: ${wrong.join(", ")}.`], []);
  return keep(form, draft);
}

async function keep(form, draft) {
  try {
    const item = await write(draft.session, draft.device_id, draft);
    say("On this tablet.");
    return item;
  } catch (fault) {
    const words = "This tablet could not keep the entry. Write it on paper, and tell the office.";
    return showProblems(form, [`${words} (${fault.name})`], []);
  }
}

// --- A dose ------------------------------------------------------------------------------------
async function readDose(form, submitter, found, device, atMs) {
  const known = facts();
  const { items } = await disk.readOutbox(known.session, device);
  const doses = dosesKnown(items);
  const rules = isAway() ? null : await askTheRules(form, submitter);
  if (rules?.html) return showPanel(rules.html);
  if (rules?.witnessId) found.payload.witness_id = rules.witnessId;
  let lease = await leaseHere(known.session);
  if (rules && !(lease?.device_id === device && lease.expires_ms > atMs)) {
    try {
      lease = await takeLease(known.session, device);
    } catch (fault) {
      return showProblems(form, [fault.message], []);
    }
  }
  const found_against = against(found.payload, lease, device, found.observedMs ?? atMs, doses);
  if (found_against.length) return showProblems(form, found_against, []);
  return { lease: lease.number, knows: [...doses.keys()].slice(-50) };
}

function showPanel(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("panel");
  const old = document.getElementById("panel");
  if (!fresh || !old) return null;
  old.replaceWith(fresh);
  htmx.process(fresh);
  document.dispatchEvent(new CustomEvent("htmx:afterSettle", { detail: { elt: fresh, target: fresh } }));
  fresh.querySelector("[data-focus]")?.focus();
  return null;
}

// --- What is to be mended, in the words and the place that the server would use ----------------
const placeOf = (form) => form.closest("#panel")?.querySelector(".entry-tabs") ?? form;

function forgetProblems(form) {
  const panel = form.closest("#panel") ?? form.parentElement;
  for (const old of panel.querySelectorAll(".message[role=alert], [data-anyway]")) old.remove();
}

function showProblems(form, errors, cautions) {
  const box = document.createElement("div");
  box.className = `message ${errors.length ? "red" : "amber"}`;
  box.setAttribute("role", "alert");
  box.tabIndex = -1;
  const rows = document.createElement("ul");
  for (const words of [...errors, ...cautions]) rows.append(Object.assign(document.createElement("li"), { textContent: words }));
  box.append(rows);
  const place = placeOf(form);
  if (place === form) form.before(box);
  else place.after(box);
  if (!errors.length && cautions.length) anyway(form);
  box.focus();
  return null;
}

function anyway(form) {
  const button = document.createElement("button");
  Object.assign(button, { className: "save", name: "is_confirmed", value: "true", textContent: "It is true: save as it is" });
  button.dataset.anyway = "";
  form.querySelector("[data-save], .save")?.before(button);
}
