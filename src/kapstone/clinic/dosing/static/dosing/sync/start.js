// Opens the room on this tablet: enrols it, keeps time, and takes every entry into the queue.
import { Away, Refused, SignedOut, ask, contact, heard } from "./asking.js";
import { isAway } from "./bar.js";
import * as disk from "./disk.js";
import { leaseHere, leaseWords, takeLease } from "./dosing.js";
import { writeForm } from "./entry.js";
import { facts } from "./facts.js";
import { forgetRoom, keepFiles, keepPages, openPanel, tabOf } from "./keeping.js";
import { HELD, KEPT, REFUSED, waiting } from "./outbox.js";
import { PURGE_EVERY_MS, purge } from "./purging.js";
import { draw, remember, settled } from "./screen.js";
import { send, sendAgain, startSending } from "./sending.js";
import { askTheTime, keepTime } from "./timing.js";

const { session } = facts();
const base = `/sessions/${session}/`;
const SILENT_MS = 6_000;
const NO_STORE = "This tablet cannot keep entries; each is sent at once. Have the paper sheet ready.";
let device = "";
let queue = { items: [] };
let isBroken = "";
let isProbing = false;

// --- Opening -----------------------------------------------------------------------------------
async function storage() {
  const isGranted = await navigator.storage?.persist?.().catch(() => false);
  const place = document.getElementById("storage");
  if (place && !isGranted && facts().dosed_ms === null) {
    place.textContent = "This tablet may clear what it keeps when space runs short. Have the paper sheet ready.";
  }
  return isGranted ? "persistent" : "best-effort";
}

async function enrol() {
  const { actor } = facts();
  const before = (await disk.kept(session, "enrolled")) ?? [];
  if (before.includes(actor)) return true;
  const name = String(navigator.userAgentData?.platform ?? navigator.platform ?? "tablet").slice(0, 40);
  await ask(`${base}devices/`, { body: { device_id: device, name, storage: await storage() } });
  await disk.keep(session, "enrolled", [...before, actor]);
  return true;
}

// Whether entries go through the queue: only once the server knows this tablet.
async function open() {
  try {
    device = await disk.deviceId();
  } catch {
    isBroken = NO_STORE;
    return false;
  }
  try {
    return await enrol();
  } catch (fault) {
    if (fault instanceof Refused || fault instanceof SignedOut) return false;
    if (fault instanceof Away) return ((await disk.kept(session, "enrolled")) ?? []).length > 0;
    isBroken = NO_STORE;
    return false;
  }
}

async function refresh() {
  if (device) queue = await disk.readOutbox(session, device);
  redraw();
}

function redraw() {
  draw(queue, isBroken, (id) => sendAgain(session, id).then(refresh));
}

async function answered(of, items) {
  if (of !== session) return;
  remember(items);
  await refresh();
  if (!items.length) return;
  htmx.trigger(document.body, "saved");
  keepPages(session).catch(() => {});
}

async function begin() {
  await startSending(device, { answered, forbidden: () => keepPages(session, { force: true }) });
  await refresh();
  await disk.noteRoom(session, facts().clinic);
  if (facts().closed) return forgetWhenDone();
  await keepPages(session, { force: true });
  await keepFiles(session);
  document.documentElement.dataset.ready = "offline"; // from here on a reload needs no network
  return lease();
}

// Once the session is closed and nothing waits, nothing of it stays here.
async function forgetWhenDone() {
  const waits = queue.items.some((one) => [KEPT, HELD, REFUSED].includes(one.standing));
  if (facts().closed && device && !waits) await forgetRoom(session);
}

const ready = session ? open() : Promise.resolve(false);
ready.then(async (isOpen) => {
  if (!session) return;
  keepTime(`${base}clock/`).catch(() => {});
  if (isOpen) await begin().catch(() => {});
});

// What is drawn up goes along when the network goes.
document.addEventListener("drawn", () => {
  if (session && device) keepPages(session, { force: true }).catch(() => {});
});

// --- Writing -----------------------------------------------------------------------------------
const isEntry = (form) => form.method === "post" && new URL(form.getAttribute("action"), location.href).pathname.startsWith(`${base}room/`);

async function pressed(form, submitter) {
  if (!(await ready)) {
    form.dataset.plain = "yes";
    form.requestSubmit(submitter);
    delete form.dataset.plain;
    return;
  }
  const item = await writeForm(form, submitter, device);
  if (!item) return;
  after(form, item.event);
  refresh().catch(() => {});
  send(); // not waited for: the next entry is taken while this one travels
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!session || form.dataset.plain || !isEntry(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  pressed(form, event.submitter).finally(() => delete form.dataset.busy);
}, true);

const lastOf = { systolic_mmhg: 1, diastolic_mmhg: 1, heart_rate_per_min: 1, spo2_percent: 1 };

// The form is empty again, and what it changed is seen at once.
function after(form, { kind, payload, observed_at }) {
  if (kind === "correction") return location.assign(`${base}room/`);
  if (kind === "answer") return form.closest("[role]")?.remove();
  if (kind === "state" && payload.change === "emergency") return stamped(form, observed_at);
  form.reset();
  for (const tile of form.querySelectorAll("[data-tile]")) {
    if (tile.name in lastOf && payload[tile.name] !== undefined) tile.closest(".tile").querySelector(".last").textContent = `last ${payload[tile.name]}`;
    tile.dispatchEvent(new Event("input", { bubbles: true }));
  }
  form.querySelector("[data-tile]")?.focus({ preventScroll: true });
  for (const open of form.querySelectorAll("details[open]")) open.open = false;
  for (const around of [form.closest("details.menu"), form.closest("[data-absent]")]) if (around) around.open = false;
  if (kind === "dose") document.querySelector('[data-tab="1"]')?.click();
  return undefined;
}

function stamped(form, at) {
  const done = document.createElement("span");
  done.className = "btn big done";
  const time = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", hourCycle: "h23", timeZone: facts().zone }).format(Date.parse(at));
  done.append(`✓ ${form.querySelector("button").textContent} `, Object.assign(document.createElement("span"), { className: "num", textContent: time }));
  form.replaceWith(done);
}

// --- The lease, in the panel of the dose ---------------------------------------------------------
async function lease() {
  const form = document.querySelector(`#panel form[action$="/room/dose/"]`);
  if (!facts().order || facts().closed) return;
  let [held, fault] = [await leaseHere(session), null];
  if (!held || held.device_id !== device || held.expires_ms < Date.now()) {
    held = await takeLease(session, device).catch((why) => { fault = why; return held; });
  }
  if (!form || form.parentElement.querySelector("[data-lease]")) return;
  const box = document.getElementById("lease-here").content.firstElementChild.cloneNode(true);
  box.querySelector("[data-lease-said]").textContent = leaseWords(held, device, fault);
  box.querySelector("[data-takeover]").hidden = !(fault instanceof Refused && fault.status === 409);
  box.querySelector("[data-take-over]").addEventListener("click", async () => {
    const reason = box.querySelector("input").value;
    const said = box.querySelector("[data-lease-said]");
    const got = await takeLease(session, device, reason).catch((why) => { said.textContent = why.message; return null; });
    if (got) [said.textContent, box.querySelector("[data-takeover]").hidden] = [leaseWords(got, device, null), true];
  });
  form.before(box);
}

// --- What the page hears -------------------------------------------------------------------------
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful) heard();
});
document.addEventListener("kapstone:heard", heard); // the page's event stream
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.status !== 401) return;
  contact.isSignedOut = true; // the room stays open: the queue is this tablet's, not the cookie's
  event.preventDefault();
  redraw();
});
document.addEventListener("htmx:sendError", ({ detail }) => {
  if (detail.target?.id === "panel" && detail.elt.matches("[data-tab]")) openPanel(tabOf(detail.elt));
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id === "live" || detail.elt?.id === "live") settled();
  redraw();
  if (detail.elt?.id === "panel" || detail.target?.id === "panel") ready.then((isOpen) => isOpen && lease().catch(() => {}));
  forgetWhenDone().catch(() => {});
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || !isAway() || link.target || link.protocol === "tel:" || link.hash) return;
  const stays = [`${base}room/`, `${base}room/help/`].includes(link.pathname);
  if (stays && !link.matches("[data-tab]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (link.matches("[data-tab]")) openPanel(tabOf(link), link);
  else document.getElementById("said").textContent = "That page needs the network. The room stays open here.";
}, true);

async function probe() {
  if (isProbing) return;
  isProbing = true;
  await askTheTime(1).catch(() => {});
  isProbing = false;
  redraw();
}

if (session) {
  setInterval(() => purge().catch(() => {}), PURGE_EVERY_MS);
  window.addEventListener("online", probe);
  window.addEventListener("offline", redraw);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    contact.at = Math.max(contact.at, performance.now() - SILENT_MS + 1_000);
    probe();
  });
  setInterval(() => {
    if (performance.now() - contact.at > SILENT_MS && navigator.onLine) probe();
    if (waiting(queue).length || isAway() || !document.getElementById("away").hidden) redraw();
  }, 1_000);
  const tab = new URLSearchParams(location.search).get("tab");
  if (tab && document.querySelector(`template[data-panel="${tab}"]`)) openPanel(tab);
}
