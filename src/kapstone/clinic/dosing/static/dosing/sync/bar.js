// The bar: that the network is gone, how much is on this tablet only, and how old the oldest is.
import { contact } from "./asking.js";
import { facts } from "./facts.js";

const SILENT_MS = 8_000; // no word from the server for so long: shown as gone
const CALL_AFTER_MS = 120_000;
const WELL_MS = 6_000;
const two = (n) => String(n).padStart(2, "0");
const byId = (id) => document.getElementById(id);

export const isAway = () => !navigator.onLine || performance.now() - contact.at > SILENT_MS;

let since = null; // when the network went
let most = 0; // how many waited at most, to say them saved
let wellUntil = 0;

const age = (ms) => {
  const s = Math.max(0, Math.round(ms / 1000));
  return s < 3600 ? `${two(Math.floor(s / 60))}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
};
const entries = (n) => `${n} ${n === 1 ? "entry" : "entries"}`;

function words(waiting, looks, cutOff) {
  const unsaved = waiting.length ? ` · ${waiting.length} not yet saved` : "";
  const call = cutOff && performance.now() - since > CALL_AFTER_MS ? ` Somebody calls ${facts().phone} and one of you writes on paper too.` : "";
  if (contact.isSignedOut) return `Your sign-in has ended. Go on: what you write stays on this tablet${unsaved}.`;
  if (cutOff) return `Working on this tablet${unsaved || " · nothing waits"}.${call}`;
  if (waiting.length) return `Saving${unsaved}.`;
  if (looks.length) return `${entries(looks.length)} need${looks.length === 1 ? "s" : ""} a look: see the list.`;
  return "";
}

// waiting, looks: items of the queue; now: the corrected time; slow: an entry has waited a while.
export function show(waiting, looks, now, isBroken) {
  const bar = byId("away");
  if (!bar) return;
  const cutOff = isAway();
  since = cutOff ? since ?? performance.now() : null;
  document.body.classList.toggle("cut-off", cutOff);
  const oldest = Math.min(...waiting.map((one) => one.event.wall_ms));
  const waits = waiting.length ? Date.now() - oldest : 0;
  let said = isBroken || (waiting.length && !cutOff && !contact.isSignedOut && waits < 3_000 ? "" : words(waiting, looks, cutOff));
  if (waiting.length && (cutOff || contact.isSignedOut)) most = Math.max(most, waiting.length);
  if (!waiting.length && most && !cutOff && !contact.isSignedOut) {
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
