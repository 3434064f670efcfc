// The room's hands: keypad, keys, stamps, ring, wake lock. Everything also works without it.
const byId = (id) => document.getElementById(id);
const panel = () => byId("panel");

// --- stamps: the id, the device's clock and its count are made where the entry is made -------
const DEVICE = "kapstone-device";
const COUNT = "kapstone-device-count";

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = [...b].map((n) => n.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function kept(name, make) {
  try {
    const value = localStorage.getItem(name) ?? make();
    localStorage.setItem(name, value);
    return value;
  } catch {
    return "";
  }
}

function nextCount() {
  const next = Number(kept(COUNT, () => "0")) + 1;
  try { localStorage.setItem(COUNT, String(next)); } catch { return ""; }
  return String(next);
}

// A stamp is made once for a form: pressing twice, or again after a lost answer, sends the same.
function stamp(form) {
  const field = (name) => form.elements.namedItem(name);
  if (!field("device_at") || form.dataset.stamped) return;
  field("entry_id").value = uuid();
  field("device_at").value = new Date().toISOString();
  field("device_id").value = kept(DEVICE, uuid);
  field("device_seq").value = nextCount();
  form.dataset.stamped = "yes";
}
document.addEventListener("submit", (event) => stamp(event.target), true);
// What is typed afterwards is another entry, with another id.
document.addEventListener("input", (event) => {
  if (event.target.form) delete event.target.form.dataset.stamped;
});

// --- keypad: a tile that is full hands on to the next; digits go where the last tap was ------
const tiles = () => [...(panel()?.querySelectorAll("[data-tile]") ?? [])];
let current = null;

function needs(tile) {
  const first = tile.value[0] ?? "";
  if (tile.name === "spo2_percent") return tile.value.startsWith("10") ? 3 : 2;
  if (tile.name === "systolic_mmhg") return first === "1" || first === "2" ? 3 : 2;
  return first === "1" ? 3 : 2;
}

function choose(tile, focus = true) {
  current = tile ?? null;
  if (focus) current?.focus({ preventScroll: true });
}

function changed(tile) {
  tile.closest(".tile").classList.toggle("full", tile.value !== "");
  if (tile.form) delete tile.form.dataset.stamped;
}

function digit(key) {
  const tile = current?.isConnected ? current : tiles().find((one) => one.value === "") ?? tiles()[0];
  if (!tile) return;
  choose(tile);
  if (tile.value.length >= 3) return;
  tile.value += key;
  changed(tile);
  if (tile.value.length >= needs(tile)) choose(tiles()[tiles().indexOf(tile) + 1] ?? tile);
}

function back() {
  const all = tiles();
  let tile = current?.isConnected ? current : all.findLast((one) => one.value !== "");
  if (tile && tile.value === "") tile = all[all.indexOf(tile) - 1] ?? tile;
  if (!tile) return;
  choose(tile);
  tile.value = tile.value.slice(0, -1);
  changed(tile);
}

function openAbsent() {
  const absent = panel()?.querySelector("[data-absent]");
  if (!absent) return;
  absent.open = true;
  absent.querySelector("button")?.focus();
}

document.addEventListener("click", (event) => {
  const key = event.target.closest?.("[data-digit], [data-back], [data-no-value]");
  if (!key) return;
  if (key.dataset.digit) digit(key.dataset.digit);
  else if ("back" in key.dataset) back();
  else openAbsent();
});
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("[data-tile]")) choose(event.target, false);
});
document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-tile]")) {
    const tile = event.target;
    tile.value = tile.value.replace(/\D/g, "").slice(0, 3);
    changed(tile);
    if (tile.value && tile.value.length >= needs(tile)) choose(tiles()[tiles().indexOf(tile) + 1] ?? tile);
  }
});

// --- keyboard: digits and Enter, "." back, Alt 1 to 4, F9, L --------------------------------
const writing = (target) =>
  target.isContentEditable || (target.matches?.("input, select, textarea") && !target.matches("[data-tile], [type=radio]"));

function nextLight() {
  const lights = [...document.querySelectorAll("[data-theme-switch] button")];
  const at = lights.findIndex((light) => light.getAttribute("aria-pressed") === "true");
  lights[(at + 1) % lights.length]?.click();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "F9") document.querySelector("[data-help]")?.click();
  else if (event.altKey && "1234".includes(event.key)) panel()?.querySelector(`[data-tab="${event.key}"]`)?.click();
  else if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
  else if (event.key === ".") back();
  else if (event.key.toLowerCase() === "l") nextLight();
  else if (/^\d$/.test(event.key) && !event.target.matches("[data-tile]") && tiles().length) digit(event.key);
  else return;
  event.preventDefault();
});

// --- clocks: the ring fills, Save tells the time ---------------------------------------------
function ring(now) {
  const box = document.querySelector("[data-ring]");
  const arc = box?.querySelectorAll("circle")[1];
  if (!arc) return;
  const from = Date.parse(box.dataset.from);
  const share = Math.min(1, Math.max(0.001, (now - from) / (Date.parse(box.dataset.to) - from)));
  const round = 2 * Math.PI * arc.r.baseVal.value;
  arc.setAttribute("stroke-dasharray", `${(round * share).toFixed(1)} ${(round + 1).toFixed(1)}`);
}

// Once, when a set becomes overdue, and only on a screen that somebody has touched.
let told = "";
function remind(now) {
  const late = document.querySelector("[data-ring]")?.dataset.overdue ?? "";
  if (!late || late === told || Date.parse(late) > now) return;
  told = late;
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(120);
}

function saveAt(now) {
  for (const place of document.querySelectorAll("[data-save-at]")) {
    const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: place.dataset.zone };
    place.textContent = ` at ${new Intl.DateTimeFormat("en-GB", form).format(now)}`;
  }
}

function tick() {
  const now = Date.now() + Number(document.documentElement.dataset.aheadMs ?? 0); // the server's
  ring(now);
  remind(now);
  saveAt(now);
}
setInterval(tick, 1000);

// --- the screen stays awake, and says so where it may not ------------------------------------
async function stayAwake() {
  const place = byId("awake");
  if (!place || document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock.request("screen");
    place.textContent = "";
  } catch {
    place.textContent = "This screen may go dark by itself: set the tablet to stay on.";
  }
}
document.addEventListener("visibilitychange", stayAwake);

// --- what is typed stays while another tab is open, and when a value is said to be missing ----
const typed = new Map();
const STALE = 5 * 60_000; // a vital sign typed longer ago is measured anew, not saved as of now
const tabNow = () => panel()?.querySelector("[data-tab][aria-current]")?.dataset.tab;
const fields = () => [...(panel()?.querySelectorAll("input[name], select, textarea") ?? [])]
  .filter((one) => !["hidden", "password"].includes(one.type));
const ticks = (field) => ["radio", "checkbox"].includes(field.type);

function keep() {
  const given = fields().filter((one) => (ticks(one) ? one.checked : one.value !== ""));
  typed.set(tabNow(), { at: Date.now(), given: given.map((one) => [one.name, one.value]) });
}

function giveBack() {
  const kept = typed.get(tabNow());
  typed.delete(tabNow());
  const old = Date.now() - kept?.at > STALE;
  for (const [name, value] of kept?.given ?? []) {
    for (const field of fields().filter((one) => one.name === name && !(old && one.closest("[data-vitals]")))) {
      if (ticks(field)) field.checked ||= field.value === value;
      else field.value ||= value;
    }
  }
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id !== "panel") return;
  if (event.detail.elt.matches("[data-tab], [data-absent] form")) keep();
});

// --- a grave crossing is never left above the edge of the screen -----------------------------
const graves = () => [...document.querySelectorAll("#crossings .crossing.act")];
let known = new Set(graves().map((one) => one.id));
function showGrave() {
  const now = graves();
  now.find((one) => !known.has(one.id))?.scrollIntoView({ block: "nearest" });
  known = new Set(now.map((one) => one.id));
}

// --- after each swap --------------------------------------------------------------------------
function wire() {
  giveBack();
  const pad = panel()?.querySelector("[data-keypad]");
  if (pad) {
    pad.hidden = false;
    panel().classList.add("keys-on");
    for (const tile of tiles()) {
      tile.inputMode = "none";
      changed(tile);
    }
    if (!panel().contains(document.activeElement)) choose(tiles().find((one) => one.value === "") ?? tiles()[0]);
  }
  tick();
}
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt?.id === "panel" || event.detail.target?.id === "panel") wire();
  else tick();
  showGrave();
});
wire();
stayAwake();
