// The sender: one per device, batches in the order of the device, tick 2 only from a believed answer.
import { Refused, SignedOut, ask, contact, taken } from "./asking.js";
import * as disk from "./disk.js";
import * as outbox from "./outbox.js";
import { HEARTBEAT_MS, waitMs } from "./pace.js";

const others = new BroadcastChannel("kapstone-room");
let device = "";
let failures = 0;
let timer = 0;
let onAnswer = () => {};
let onForbidden = async () => {};

// Write one event: serialised across tabs, since each names the one before it.
export async function write(session, deviceId, draft) {
  return navigator.locks.request(`kapstone-append ${session}`, async () => {
    const [grown, item] = await outbox.append(await disk.readOutbox(session, deviceId), draft);
    await disk.writeEvent(grown, item);
    others.postMessage({ session, items: [] });
    return { ...item, standing: outbox.KEPT };
  });
}

async function sendOne(session) {
  const now = await disk.readOutbox(session, device);
  const events = outbox.batch(now);
  if (!events.length) return false;
  const body = await ask(`/sessions/${session}/entries/batch/`, { body: outbox.batchAsWire(now, events) });
  const told = outbox.takeAnswer(now, outbox.readAnswer(now, events, body));
  await disk.writeAnswer(told);
  taken();
  const ids = new Set(events.map((event) => event.event_id));
  const items = told.items.filter((one) => ids.has(one.event.event_id));
  others.postMessage({ session, items });
  onAnswer(session, items);
  return true;
}

async function sendAll() {
  for (const session of await disk.sessionsWaiting()) while (await sendOne(session));
}

// Never two senders on one device; whoever comes second leaves it to the first.
export async function send() {
  if (!device) return;
  clearTimeout(timer);
  try {
    await navigator.locks.request("kapstone-send", { ifAvailable: true }, (lock) => (lock ? sendAll() : null));
    failures = 0;
  } catch (fault) {
    failures += 1;
    if (fault instanceof Refused && fault.status === 403) await onForbidden().catch(() => {});
    if (!(fault instanceof SignedOut)) timer = setTimeout(send, waitMs(failures, Math.random()));
  }
}

// A refused event goes once more, because a person has removed what stood against it.
export async function sendAgain(session, id) {
  await navigator.locks.request("kapstone-send", async () => {
    await disk.writeAnswer(outbox.lookAgain(await disk.readOutbox(session, device), id));
  });
  await send();
}

export function startSending(deviceId, { answered, forbidden }) {
  [device, onAnswer, onForbidden] = [deviceId, answered, forbidden];
  others.addEventListener("message", ({ data }) => {
    if (data.items.length) taken(); // another tab of this tablet sends
    answered(data.session, data.items);
  });
  window.addEventListener("online", () => send());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") send();
  });
  setInterval(async () => {
    if (contact.isSignedOut && document.visibilityState !== "visible") return;
    if ((await disk.sessionsWaiting()).length) await send();
  }, HEARTBEAT_MS);
  return send();
}
