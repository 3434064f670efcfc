// This page's clock: looks each second, asks the server each minute, and corrects what is shown.
import { ask } from "./asking.js";
import * as clocks from "./clocks.js";
import { chance } from "./envelope.js";

const look = () => [Date.now(), performance.now()];
let clock = clocks.begin(chance(32).toString(16).padStart(8, "0"), look());
let lastAsked = -Infinity;
let isAsking = false;
let address = "";

export function times() {
  clock = clocks.see(clock, look());
  return clocks.stamp(clock);
}

export const now = () => clocks.nowMs(times());

async function exchange() {
  clock = clocks.see(clock, look());
  const [sent, epoch] = [clock.look, clocks.epochId(clock)];
  const said = await ask(address, { within: 4_000 });
  const { received_ms: received, answered_ms: answered } = said;
  if (!Number.isFinite(received) || !Number.isFinite(answered)) return;
  clock = clocks.learn(clock, { epoch_id: epoch, sent, received, answered, got: look() });
}

// Whoever calls learns by it, too, whether the server is there.
export async function askTheTime(times = clocks.EXCHANGES) {
  if (isAsking) return;
  isAsking = true;
  lastAsked = performance.now();
  try {
    for (let n = 0; n < times; n += 1) await exchange();
  } finally {
    isAsking = false;
  }
}

function tick() {
  const epoch = clocks.epochId(clock);
  const told = times();
  document.documentElement.dataset.aheadMs = String(told.offset_ms ?? 0);
  document.documentElement.toggleAttribute("data-unsure", clocks.isUnsure(told) && clock.known !== null);
  const isNew = clocks.epochId(clock) !== epoch;
  if (isNew || performance.now() - lastAsked > clocks.ASK_EVERY_MS) askTheTime().catch(() => {});
}

export function keepTime(clockAddress) {
  address = clockAddress;
  setInterval(tick, 1_000);
  return askTheTime();
}
