// The bar: that the network is gone, how much is on this tablet only, and how old the oldest is.
import { contact } from "./asking.js";
import { facts } from "./facts.js";
import { AWAY, SAVING, SIGNED_OUT, STUCK, WELL, standingOf } from "./pace.js";

const CALL_AFTER_MS = 120_000;
const WELL_MS = 6_000;
const two = (n) => String(n).padStart(2, "0");
const byId = (id) => document.getElementById(id);

let waitsSince = null; // when something began to wait here
let since = null; // since when entries are on this tablet only
let most = 0; // how many waited at most, to say them saved
let wellUntil = 0;

// How the tablet stands to the server, with so many entries waiting.
export function standing(waiting = 0) {
  const now = performance.now();
  waitsSince = waiting ? waitsSince ?? now : null;
  return standingOf({
    isOnline: navigator.onLine,
    silentMs: now - contact.at,
    isSignedOut: contact.isSignedOut,
    waiting,
    stalledMs: now - Math.max(waitsSince ?? now, contact.takenAt),
  });
}

export const isAway = () => standingOf({ isOnline: navigator.onLine, silentMs: performance.now() - contact.at }) === AWAY;
// What is written here is told by this tablet alone: the server does not have it.
export const isAlone = (waiting) => [AWAY, SIGNED_OUT, STUCK].includes(standing(waiting));

const age = (ms) => {
  const s = Math.max(0, Math.round(ms / 1000));
  return s < 3600 ? `${two(Math.floor(s / 60))}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
};
const entries = (n) => `${n} ${n === 1 ? "entry" : "entries"}`;

function words(now, waiting, looks) {
  const unsaved = waiting.length ? ` · ${waiting.length} not yet saved` : "";
  const call = since !== null && performance.now() - since > CALL_AFTER_MS ? ` Somebody calls ${facts().phone} and one of you writes on paper too.` : "";
  if (now === SIGNED_OUT) return `Your sign-in has ended. Go on: what you write stays on this tablet${unsaved}.`;
  if (now === AWAY) return `Working on this tablet${unsaved || " · nothing waits"}.${call}`;
  if (now === STUCK) return `Working on this tablet${unsaved}. The server is there, but takes no entries.${call}`;
  if (now === SAVING) return `Saving${unsaved}.`;
  if (looks.length) return `${entries(looks.length)} need${looks.length === 1 ? "s" : ""} a look: see the list.`;
  return "";
}

// waiting, looks: items of the queue; isBroken: why nothing can be kept here, if so.
export function show(waiting, looks, isBroken) {
  const bar = byId("away");
  if (!bar) return;
  const now = standing(waiting.length);
  const isCut = now === AWAY || now === STUCK;
  since = isCut ? since ?? performance.now() : null;
  document.body.classList.toggle("cut-off", now === AWAY);
  const oldest = Math.min(...waiting.map((one) => one.event.wall_ms));
  const waits = waiting.length ? Date.now() - oldest : 0;
  let said = isBroken || (waiting.length && now === WELL ? "" : words(now, waiting, looks));
  const isTold = isCut || now === SIGNED_OUT;
  if (waiting.length && isTold) most = Math.max(most, waiting.length);
  if (!waiting.length && most && !isTold) {
    wellUntil = performance.now() + WELL_MS;
    bar.dataset.well = most === 1 ? "The entry is saved." : `All ${most} entries are saved.`;
    most = 0;
  }
  const isWell = !said && performance.now() < wellUntil;
  if (isWell) said = bar.dataset.well;
  bar.hidden = !said;
  bar.classList.toggle("well", isWell);
  const place = bar.querySelector("[data-said]");
  if (place.textContent !== said) place.textContent = said;
  bar.querySelector("[data-oldest]").textContent = said && waiting.length ? `oldest ${age(waits)}` : "";
  bar.querySelector("[data-sign-in]").hidden = !contact.isSignedOut;
}
