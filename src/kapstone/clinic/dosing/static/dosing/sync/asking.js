// Questions to the server, and how its silence is told from its refusal.
import { PROTOCOL } from "./envelope.js";

export class Away extends Error {}
export class SignedOut extends Error {}
export class Refused extends Error {
  constructor(status, body) {
    super(body?.words ?? `The server said ${status}.`);
    this.status = status;
    this.body = body;
  }
}

const WITHIN_MS = 10_000;
export const contact = { at: performance.now(), takenAt: 0, isSignedOut: false };

export function heard() {
  contact.at = performance.now();
}

// An answer was believed: the server took entries.
export function taken() {
  contact.takenAt = performance.now();
}

export const token = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["x-csrftoken"] ?? "";

export function setToken(value) {
  document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrftoken": value }));
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = value;
}

async function answered(path, options, within) {
  try {
    return await fetch(path, {
      ...options,
      redirect: "manual",
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(within),
    });
  } catch (fault) {
    throw new Away(fault.message);
  }
}

async function read(answer) {
  try {
    return await answer.json();
  } catch {
    return null;
  }
}

// Ask, and give the JSON that came; with a body it is a POST. Only 200 brings an answer.
export async function ask(path, { body = null, within = WITHIN_MS } = {}) {
  const headers = { Accept: "application/json", "X-CSRFToken": token(), "Content-Type": "application/json" };
  const options = body === null ? {} : { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await answered(path, options, within);
  if (answer.type === "opaqueredirect" || answer.status === 401) {
    contact.isSignedOut = true;
    throw new SignedOut();
  }
  const said = await read(answer);
  if (answer.status >= 500) throw new Away(`status ${answer.status}`);
  if (!answer.ok) {
    if (said?.protocol === PROTOCOL) heard();
    throw new Refused(answer.status, said);
  }
  if (said === null) throw new Away("not an answer of Kapstone");
  contact.isSignedOut = false;
  heard();
  return said;
}
