// What this tablet keeps, and how: IndexedDB with strict durability, each text sealed by a key of
// its session that no script can read out. Heads hold numbers and fingerprints only.
import { GENESIS } from "./envelope.js";
import { KEPT, reopen, isAtTheServer } from "./outbox.js";

const NAME = "kapstone-room";
const STORES = ["tablet", "keys", "heads", "events", "kept"];
let opened = null;

const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// Resolves only when the disk has said so: no tick is shown before.
const done = (transaction) => new Promise((resolve, reject) => {
  transaction.oncomplete = () => resolve();
  transaction.onabort = () => reject(transaction.error ?? new Error("not kept"));
});

export function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const store of STORES) {
        request.result.createObjectStore(store, store === "events" ? { keyPath: ["session", "seq"] } : {});
      }
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function writing(stores, write) {
  const transaction = (await open()).transaction(stores, "readwrite", { durability: "strict" });
  const finished = done(transaction);
  await write((store) => transaction.objectStore(store));
  await finished;
}

async function read(store, key) {
  return asked((await open()).transaction(store).objectStore(store).get(key));
}

// Made by chance when this tablet's storage is new; whoever was first in two tabs has made it.
export async function deviceId() {
  let id = crypto.randomUUID();
  await writing(["tablet"], async (store) => {
    const before = await asked(store("tablet").get("device_id"));
    if (before) id = before;
    else store("tablet").put(id, "device_id");
  });
  return id;
}

// --- Sealing ---------------------------------------------------------------------------------
async function keyOf(session) {
  const before = await read("keys", session);
  if (before) return before;
  let key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await writing(["keys"], async (store) => {
    const other = await asked(store("keys").get(session));
    if (other) key = other;
    else store("keys").put(key, session);
  });
  return key;
}

// The name goes along under the seal, so that one text cannot be put in another's place.
const how = (iv, session, name) =>
  ({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(`${session} ${name}`) });

async function seal(session, name, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const text = new TextEncoder().encode(JSON.stringify(value));
  return { iv, data: await crypto.subtle.encrypt(how(iv, session, name), await keyOf(session), text) };
}

async function unseal(session, name, sealed) {
  const plain = await crypto.subtle.decrypt(how(sealed.iv, session, name), await keyOf(session), sealed.data);
  return JSON.parse(new TextDecoder().decode(plain));
}

export async function keep(session, name, value) {
  const sealed = await seal(session, name, value);
  await writing(["keys", "kept"], async (store) => {
    // The room may have been forgotten since: what no key opens is not kept.
    if (await asked(store("keys").count(session))) store("kept").put(sealed, `${session} ${name}`);
  });
}

export async function kept(session, name) {
  const sealed = await read("kept", `${session} ${name}`);
  return sealed ? unseal(session, name, sealed) : null;
}

// --- The queue -------------------------------------------------------------------------------
const NEW = { seq: 0, fingerprint: GENESIS, mark: 0 };
const rangeOf = (session) => IDBKeyRange.bound([session, 0], [session, Infinity]);
const nameOf = (seq) => `event ${seq}`;

export async function readOutbox(session, device) {
  const transaction = (await open()).transaction(["heads", "events"]);
  const [head, rows] = await Promise.all([
    asked(transaction.objectStore("heads").get(session)),
    asked(transaction.objectStore("events").getAll(rangeOf(session))),
  ]);
  const items = await Promise.all(rows.map(async ({ seq, sealed, ...row }) =>
    ({ ...row, event: await unseal(session, nameOf(seq), sealed) })));
  return reopen(session, device, head ?? NEW, items);
}

// The event and the head go down together, or neither does.
export async function writeEvent(outbox, item) {
  const { event, ...row } = item;
  const sealed = await seal(outbox.session, nameOf(event.device_seq), event);
  await writing(["heads", "events"], (store) => {
    store("events").add({ ...row, standing: KEPT, session: outbox.session, seq: event.device_seq, sealed });
    store("heads").put({ seq: outbox.lastSeq, fingerprint: outbox.lastHash, mark: outbox.mark }, outbox.session);
  });
}

// What was answered: standings and the mark; then what the server holds below the mark goes.
export async function writeAnswer(outbox) {
  const { session } = outbox;
  await writing(["heads", "events"], async (store) => {
    const [head, rows] = await Promise.all([
      asked(store("heads").get(session)),
      asked(store("events").getAll(rangeOf(session))),
    ]);
    const mark = Math.max(head?.mark ?? 0, outbox.mark);
    const told = new Map(outbox.items.map((one) => [one.event.device_seq, one]));
    store("heads").put({ ...(head ?? NEW), mark }, session);
    for (const row of rows) {
      const { event: _, ...now } = told.get(row.seq) ?? row;
      if (isAtTheServer(now) && row.seq <= mark) store("events").delete([session, row.seq]);
      else store("events").put({ ...row, ...now });
    }
  });
}

export async function sessionsWaiting() {
  const rows = await asked((await open()).transaction("events").objectStore("events").getAll());
  return [...new Set(rows.filter((one) => one.standing === KEPT).map((one) => one.session))];
}

// The pages go; the key goes too unless an entry is here only: that stays, sealed, until it is sent.
export async function forget(session) {
  await writing(["keys", "kept", "events", "tablet"], async (store) => {
    store("kept").delete(IDBKeyRange.bound(`${session} `, `${session} \uffff`));
    if (await asked(store("events").count(rangeOf(session)))) return;
    store("keys").delete(session);
    store("tablet").delete(`room ${session}`);
  });
}

// Which rooms this tablet keeps something of, and of which clinic, so that it can ask about them.
export async function noteRoom(session, clinic) {
  await writing(["tablet"], (store) => store("tablet").put({ session, clinic }, `room ${session}`));
}

export async function roomsKept() {
  const store = (await open()).transaction("tablet").objectStore("tablet");
  const [deviceId, rooms] = await Promise.all([
    asked(store.get("device_id")),
    asked(store.getAll(IDBKeyRange.bound("room ", "room \uffff"))),
  ]);
  return rooms.map((one) => ({ ...one, deviceId }));
}
