// The server's time, as a tablet reckons it, and how far that may be wrong: see sync/clocks.py.
const NEW_EPOCH_MS = 2_000;
export const UNSURE_MS = 30_000;
const DRIFT_PPM = 200;
const ROUNDING_MS = 2;
export const EXCHANGES = 5;
export const ASK_EVERY_MS = 60_000;

export const epochId = (clock) => `${clock.start}.${clock.epoch}`;

export function begin(start, look) {
  return { start, epoch: 1, look, known: null, strayedMs: 0, jumpedMs: 0 };
}

// Look at both clocks again: [wall, mono]. Parted by more than two seconds, a new epoch begins.
export function see(clock, look) {
  const [wall, mono] = [look[0] - clock.look[0], look[1] - clock.look[1]];
  const apart = wall - mono;
  if (mono < 0 || Math.abs(apart) > NEW_EPOCH_MS) {
    return { ...begin(clock.start, look), epoch: clock.epoch + 1, jumpedMs: apart };
  }
  return { ...clock, look, strayedMs: clock.strayedMs + Math.abs(apart) };
}

export function unsureMs(clock) {
  if (!clock.known) return null;
  const since = Math.max(0, clock.look[1] - clock.known.monoMs);
  return clock.known.withinMs + (since * DRIFT_PPM) / 1e6 + clock.strayedMs;
}

function measured({ sent, got, received, answered }) {
  const [wall, mono] = [got[0] - sent[0], got[1] - sent[1]];
  const trip = mono - (answered - received);
  return {
    aheadMs: (received - sent[1] + (answered - got[1])) / 2,
    withinMs: Math.max(0, trip) / 2 + Math.abs(wall - mono),
    monoMs: got[1],
    isPossible: mono >= 0 && answered >= received,
  };
}

// Take what the server's clock said, unless what is known already is surer.
export function learn(clock, exchange) {
  const seen = see(clock, exchange.got);
  const { isPossible, ...known } = measured(exchange);
  if (epochId(seen) !== exchange.epoch_id || !isPossible) return seen;
  const before = unsureMs(seen);
  if (before !== null && before < known.withinMs) return seen;
  return { ...seen, known, strayedMs: 0 };
}

// The times that go into an event made at the clock's last look.
export function stamp(clock) {
  const [wall, mono] = clock.look.map(Math.floor);
  const times = { wall_ms: wall, mono_ms: mono, epoch_id: epochId(clock), offset_ms: null, unc_ms: null };
  if (!clock.known) return times;
  times.offset_ms = Math.floor(clock.look[1] + clock.known.aheadMs + 0.5) - wall;
  times.unc_ms = Math.ceil(unsureMs(clock) + ROUNDING_MS);
  return times;
}

export const nowMs = (times) => times.wall_ms + (times.offset_ms ?? 0);
export const isUnsure = (times) => times.unc_ms === null || times.unc_ms > UNSURE_MS;
