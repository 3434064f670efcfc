// The tablet's queue: write, tick 1, send, tick 2, purge. The twin of sync/outbox.py; pure.
import { GENESIS, PROTOCOL, fingerprint } from "./envelope.js";

export const MOST_IN_BATCH = 200;
export const [WRITING, KEPT, SAVED, HELD, REFUSED] = ["writing", "kept", "saved", "held", "refused"];
const TOLD = new Set([SAVED, HELD, REFUSED]);

export class NotBelieved extends Error {}

export const isAtTheServer = (item) => item.standing === SAVED || item.standing === HELD;

export function empty(session, deviceId) {
  return { session, deviceId, items: [], lastSeq: 0, lastHash: GENESIS, mark: 0, failures: 0 };
}

export const headOf = (outbox) => ({ seq: outbox.lastSeq, fingerprint: outbox.lastHash, mark: outbox.mark });
export const waiting = (outbox) => outbox.items.filter((one) => one.standing === KEPT);
export const toLookAt = (outbox) => outbox.items.filter((one) => one.standing === HELD || one.standing === REFUSED);

// Give the event its number and the fingerprint of the one before; it has no tick until kept.
export async function append(outbox, draft) {
  if (draft.session !== outbox.session || draft.device_id !== outbox.deviceId) {
    throw new NotBelieved("An event goes into the queue of its own session and device.");
  }
  const event = { ...draft, device_seq: outbox.lastSeq + 1, prev_hash: outbox.lastHash };
  const mark = await fingerprint(event);
  const item = { event, fingerprint: mark, standing: WRITING, commitNo: null, code: "", words: "" };
  const grown = { ...outbox, items: [...outbox.items, item], lastSeq: event.device_seq, lastHash: mark };
  return [grown, item];
}

const changed = (outbox, change) => ({ ...outbox, items: outbox.items.map(change) });

export function kept(outbox, id) {
  return changed(outbox, (one) =>
    one.event.event_id === id && one.standing === WRITING ? { ...one, standing: KEPT } : one);
}

// What the server had answered may be forgotten: it is asked again, and answers the same.
export function reopen(session, deviceId, head, stored) {
  const items = [...stored].sort((a, b) => a.event.device_seq - b.event.device_seq);
  return {
    session,
    deviceId,
    items: items.map((one) => (one.standing === WRITING ? { ...one, standing: KEPT } : one)),
    lastSeq: head.seq,
    lastHash: head.fingerprint,
    mark: head.mark,
    failures: 0,
  };
}

export const batch = (outbox, most = MOST_IN_BATCH) => waiting(outbox).slice(0, most).map((one) => one.event);

export function batchAsWire(outbox, events) {
  return {
    protocol: PROTOCOL,
    session: outbox.session,
    device_id: outbox.deviceId,
    waiting: waiting(outbox).length,
    events,
  };
}

export const failed = (outbox) => ({ ...outbox, failures: outbox.failures + 1 });

// --- The answer: a status of 200 proves nothing; the page of a hotel's network has one too -----
const isWhole = (value) => Number.isInteger(value) && value >= 0;
const isRow = (row) => row !== null && typeof row === "object" && TOLD.has(row.status)
  && typeof row.id === "string" && "code" in row && "words" in row
  && (row.commit_no === null || isWhole(row.commit_no));

export function readAnswer(outbox, sent, body) {
  if (body === null || typeof body !== "object" || body.protocol !== PROTOCOL) {
    throw new NotBelieved("That was not an answer of Kapstone.");
  }
  if (body.device_id !== outbox.deviceId || body.session !== outbox.session) {
    throw new NotBelieved("That was the answer to another device.");
  }
  if (!isWhole(body.mark) || !Array.isArray(body.results)) {
    throw new NotBelieved("The answer has no mark or no results.");
  }
  if (!body.results.every(isRow)) throw new NotBelieved("A result of the answer cannot be read.");
  const told = new Set(body.results.map((row) => row.id.toLowerCase()));
  const asked = new Set(sent.map((event) => event.event_id));
  if (told.size !== asked.size || [...asked].some((id) => !told.has(id))) {
    throw new NotBelieved("The answer is about other events than were sent.");
  }
  return { mark: body.mark, results: body.results };
}

// Tick 2, and the mark, which never goes back. What is at the server stays so.
export function takeAnswer(outbox, answer) {
  const told = new Map(answer.results.map((row) => [row.id.toLowerCase(), row]));
  const read = changed(outbox, (one) => {
    const row = told.get(one.event.event_id);
    if (!row || isAtTheServer(one)) return one;
    return { ...one, standing: row.status, commitNo: row.commit_no, code: String(row.code), words: String(row.words) };
  });
  return { ...read, mark: Math.max(outbox.mark, answer.mark), failures: 0 };
}

// What the server holds and the mark covers may go; all else stays, however old.
export const mayGo = (outbox, item) => isAtTheServer(item) && item.event.device_seq <= outbox.mark;

export const purge = (outbox) => ({ ...outbox, items: outbox.items.filter((one) => !mayGo(outbox, one)) });

export function lookAgain(outbox, id) {
  return changed(outbox, (one) =>
    one.event.event_id === id && one.standing === REFUSED ? { ...one, standing: KEPT, code: "", words: "" } : one);
}
