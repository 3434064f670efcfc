// What a tablet may no longer keep goes at its next contact: asked of the server, signed in or not.
import { PROTOCOL } from "./envelope.js";
import * as disk from "./disk.js";
import { forgetRoom } from "./keeping.js";

export const PURGE_EVERY_MS = 30_000; // a closed room is gone from here within a minute

// Only an answer of this protocol, about this room and this tablet, lets anything go.
export function mayGo(said, session, deviceId) {
  return said?.protocol === PROTOCOL && said.session === session && said.device_id === deviceId && said.keep === false;
}

async function ask(session, clinic, deviceId) {
  const where = `/sessions/${session}/room/keeps/?clinic=${encodeURIComponent(clinic)}&device=${deviceId}`;
  const answer = await fetch(where, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(10_000) });
  return answer.ok ? answer.json() : null;
}

export async function purge() {
  for (const { session, clinic, deviceId } of await disk.roomsKept()) {
    const said = await ask(session, clinic, deviceId).catch(() => null);
    if (mayGo(said, session, deviceId)) await forgetRoom(session);
  }
}
