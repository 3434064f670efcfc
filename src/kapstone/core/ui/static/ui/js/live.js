// A screen that follows what is written elsewhere: one event stream, and asking where there is none.
// <p data-follow="/…/live/" data-follow-part="live">: the part asks again on the event "followed".
// Tells others: "kapstone:heard" on the document whenever the server has shown that it is there.
const place = document.querySelector("[data-follow]");
const root = document.documentElement;
const [CONNECTING, OPEN, CLOSED] = [0, 1, 2]; // EventSource may not be there to name them
const BEAT_MS = 5_000;
const STALE_MS = 2 * BEAT_MS; // two intervals without a word: nothing on this screen is vouched for
const ASK_MS = 5_000; // without a stream
const REST_MS = 30_000; // with one: the time axis moves, and nothing rests on one way alone
const GAP_MS = 300;
const FIRST_MS = 3_000;
const [AGAIN_MS, LONGEST_MS] = [2_000, 15_000];
const WORDS = { live: "Live", asks: "Not live: asks every 5 s", stale: "Out of date since" };

const look = () => ({ wall: Date.now(), mono: performance.now() });
// Whichever clock has gone further: one sleeps with the tablet, the other may be set back.
const since = (then) => Math.max(Date.now() - then.wall, performance.now() - then.mono);

const began = look();
let source = null;
let number = null; // of the last event; a new stream begins after it
let proof = look(); // when the server last showed that what is here is true
let word = look(); // when the stream last said anything
let asked = look();
let wanted = null; // since when there is something that is not shown yet
let isAsking = false;
let tries = 0;
let timer = 0;

const part = () => document.getElementById(place.dataset.followPart);
const isOpen = () => source?.readyState === OPEN && since(word) < STALE_MS + BEAT_MS / 2;

// --- the stream ------------------------------------------------------------------------------
function open() {
  close();
  if (!window.EventSource || document.visibilityState !== "visible") return;
  const after = number === null ? "" : `?after=${number}`;
  source = new EventSource(place.dataset.follow + after);
  word = look();
  for (const name of ["now", "entries", "change", "beat", "ended"]) source.addEventListener(name, hear);
  source.addEventListener("error", () => {
    if (source?.readyState === CLOSED) openLater(AGAIN_MS * 2 ** tries);
  });
}

function close() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

function openLater(wait) {
  close();
  tries += 1;
  timer = setTimeout(open, Math.min(LONGEST_MS, wait));
}

function hear(event) {
  word = look();
  if (event.lastEventId) number = Number(event.lastEventId);
  if (event.type === "ended") {
    want(); // the page's own door says why
    openLater(LONGEST_MS);
    return;
  }
  tries = 0;
  if (event.type === "beat") vouch();
  else want();
}

// --- asking for the part ---------------------------------------------------------------------
function want() {
  wanted ??= look();
  ask();
}

function ask() {
  if (isAsking || !part()) return;
  const wait = GAP_MS - since(asked);
  if (wait > 0) {
    setTimeout(ask, wait);
    return;
  }
  asked = look();
  htmx.trigger(part(), "followed");
}

function vouch() {
  if (!wanted) proof = look();
  document.dispatchEvent(new Event("kapstone:heard"));
  show();
}

// The event is sent to whatever is still on the page; who asked stands in the request.
const isPart = ({ detail }) => detail.requestConfig?.elt?.id === place.dataset.followPart;

function onBefore(event) {
  if (!isPart(event)) return;
  // What the page would ask by itself, without this script, is asked from here.
  if (!event.detail.requestConfig?.triggeringEvent) event.preventDefault();
  else [isAsking, asked, wanted] = [true, look(), null];
}

function onAfter(event) {
  if (!isPart(event)) return;
  isAsking = false;
  if (event.detail.successful) vouch();
  else wanted ??= look();
  if (event.detail.successful && !source && tries) {
    tries = 0; // the server answers again: no need to wait
    open();
  }
  if (wanted && event.detail.successful) ask(); // something came while this was on its way
  show();
}

// --- what the screen says --------------------------------------------------------------------
function state() {
  const isBeginning = source?.readyState === CONNECTING && !root.dataset.follows;
  if (isBeginning && since(began) < FIRST_MS) return undefined; // nothing is said too early
  if (since(proof) > STALE_MS) return "stale";
  return isOpen() ? "live" : "asks";
}

function show() {
  const now = state();
  if (root.dataset.follows === now) return;
  root.dataset.follows = now;
  const form = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: place.dataset.zone };
  const time = new Intl.DateTimeFormat("en-GB", form).format(proof.wall);
  place.textContent = now === "stale" ? `${WORDS.stale} ${time}` : WORDS[now];
}

// A value is grey when two of its intervals have passed without a new one.
function grow() {
  const now = Date.now() + Number(root.dataset.aheadMs ?? 0);
  for (const one of document.querySelectorAll("[data-old-at]")) {
    one.classList.toggle("old", now > Date.parse(one.dataset.oldAt));
  }
}

// What the part tells to places outside it, which somebody may be typing in.
function tell() {
  for (const told of part()?.querySelectorAll("[data-tell]") ?? []) {
    for (const one of document.querySelectorAll(`[data-hears="${told.dataset.tell}"]`)) {
      const next = [...told.cloneNode(true).childNodes];
      const isSame =
        next.length === one.childNodes.length &&
        next.every((node, place) => node.isEqualNode(one.childNodes[place]));
      if (!isSame) one.replaceChildren(...next);
    }
  }
}

function tick() {
  if (isAsking && since(asked) > LONGEST_MS) isAsking = false; // its answer went with the part
  if (document.visibilityState === "visible" && since(asked) > (isOpen() ? REST_MS : ASK_MS)) ask();
  if (source?.readyState === OPEN && !isOpen()) openLater(0); // open, and dumb
  show();
  grow();
}

if (place && window.htmx) {
  document.addEventListener("htmx:beforeRequest", onBefore);
  document.addEventListener("htmx:afterRequest", onAfter);
  document.addEventListener("htmx:afterSettle", () => { tell(); grow(); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return close();
    open();
    return want();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && open());
  addEventListener("online", open);
  setInterval(tick, 1_000);
  open();
  tick();
}
