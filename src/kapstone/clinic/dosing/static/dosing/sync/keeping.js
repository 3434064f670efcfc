// The pages this tablet keeps, sealed, and their panels while the server is away.
import { ask, setToken } from "./asking.js";
import * as disk from "./disk.js";

const AGAIN_MS = 60_000;
let page = null;
let keptAt = -Infinity;

// Ask for the room as it may be kept; brings a fresh CSRF token too, after another sign-in.
export async function keepPages(session, { force = false } = {}) {
  if (!force && performance.now() - keptAt < AGAIN_MS) return;
  keptAt = performance.now();
  const said = await ask(`/sessions/${session}/room/kept/`);
  setToken(said.token);
  page = new DOMParser().parseFromString(said.room, "text/html");
  await disk.keep(session, "room", said.room);
  await disk.keep(session, "help", said.help);
}

// Give the worker what this page was made of, so that it opens without the network.
export async function keepFiles(session) {
  const worker = navigator.serviceWorker;
  if (!worker) return;
  await worker.register(`/sessions/${session}/room/worker.js`);
  const { active } = await worker.ready;
  const used = performance.getEntriesByType("resource").map((one) => new URL(one.name));
  const files = used.filter((one) => one.origin === location.origin && one.pathname.startsWith("/static/"));
  active.postMessage({ keep: [...new Set(files.map((one) => one.pathname))] });
}

// Under the lock of whoever appends: no entry is sealed with a key that goes meanwhile.
export async function forgetRoom(session) {
  await navigator.locks.request(`kapstone-append ${session}`, () => disk.forget(session));
  const found = await navigator.serviceWorker?.getRegistration(`/sessions/${session}/room/`);
  found?.active?.postMessage({ forget: true });
  await found?.unregister();
}

// --- Panels, when no server gives them -------------------------------------------------------
function panelOf(tab) {
  const template = (page ?? document).querySelector(`template[data-panel="${tab}"]`)
    ?? document.querySelector(`template[data-panel="${tab}"]`);
  return template?.content.querySelector("#panel");
}

// Swap a panel in as htmx would, and say so to those who listen for it.
export function openPanel(tab, link) {
  const [old, fresh] = [document.getElementById("panel"), panelOf(tab)];
  if (!old || !fresh) return false;
  const tell = (name, elt) => document.dispatchEvent(new CustomEvent(name, { detail: { elt, target: old } }));
  if (link) tell("htmx:beforeRequest", link);
  const copy = document.importNode(fresh, true);
  old.replaceWith(copy);
  htmx.process(copy);
  document.dispatchEvent(new CustomEvent("htmx:afterSettle", { detail: { elt: copy, target: copy } }));
  return true;
}

export const tabOf = (link) => new URL(link.href, location.href).searchParams.get("tab") ?? "vitals";
