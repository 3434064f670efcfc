// The dose: asked of the server's rules while it answers, given under this tablet's lease.
import { Away, Refused, ask, token } from "./asking.js";
import * as disk from "./disk.js";
import { facts } from "./facts.js";
import { flagsOf, hundredths, plainMg } from "./lease.js";

const WORDS = {
  "no-lease": "This tablet does not hold the dose lease. Give the drug on the tablet that does, or take it over when the network is back; until then write the dose on paper.",
  "lease-ran-out": "The dose lease has run out. It is renewed when the network is back; until then write the dose on paper.",
};
const FENCED = "Another tablet has taken the dose over. Give the drug there.";

export async function leaseHere(session) {
  return disk.kept(session, "lease");
}

export async function takeLease(session, deviceId, reason = "") {
  const body = { device_id: deviceId, takes_over: reason !== "", reason, lot: "" };
  const { lease } = await ask(`/sessions/${session}/lease/`, { body });
  await disk.keep(session, "lease", lease);
  return lease;
}

const total = (doses) => doses.reduce((sum, mg) => sum + hundredths(mg), 0);

// What this tablet knows was given: the server's doses, and its own that wait.
export function dosesKnown(items) {
  const known = new Map(facts().doses);
  for (const { event } of items) {
    if (event.kind === "dose") known.set(event.event_id, event.payload.amount_mg);
  }
  return known;
}

// Without the server: the lease, the order and the most of the session still bind.
export function against(payload, lease, deviceId, atMs, known) {
  const { order } = facts();
  const found = [];
  if (!payload.is_identity_checked) found.push("Ask for their full name and date of birth first, and tick that both match.");
  if (!order || payload.product !== order.product || payload.route !== order.route) found.push("No order is signed for this dose.");
  const number = lease?.number ?? null;
  for (const flag of flagsOf(lease ? [lease] : [], { deviceId, number, atMs })) found.push(WORDS[flag] ?? FENCED);
  const given = total([...known.values()]) + hundredths(payload.amount_mg);
  const most = lease ? hundredths(lease.most_mg) : null;
  if (most !== null && given > most) {
    found.push(`With this dose ${plainMg(given)} mg would be given, and ${plainMg(most)} mg is the most of the order.`);
  }
  return found;
}

// Ask the server's rules first: null where it does not answer, else {html} or {witnessId}.
export async function askTheRules(form, submitter) {
  const body = new FormData(form, submitter);
  body.set("only", "check");
  body.set("entry_id", crypto.randomUUID());
  const headers = { "X-CSRFToken": token(), "HX-Request": "true", "HX-Target": "panel" };
  try {
    const answer = await fetch(form.action, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(5_000) });
    if (answer.status === 422) return { html: await answer.text() };
    if (answer.status !== 200) return null;
    const said = await answer.json();
    return { witnessId: said.witness_id };
  } catch {
    return null;
  }
}

export function leaseWords(lease, deviceId, fault) {
  if (fault instanceof Refused) return fault.message;
  if (lease && lease.device_id === deviceId) return "This tablet holds the dose lease: the dose can be recorded here with the network gone too.";
  if (fault instanceof Away) return WORDS["no-lease"];
  return "";
}
