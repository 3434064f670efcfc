// When to try again: at once, then more and more slowly, and never all tablets together.
const FIRST_MS = 500;
const MOST_MS = 15_000;
const SPREAD = 0.5; // the share of a wait that chance decides
export const HEARTBEAT_MS = 5_000;

export function waitMs(failures, jitter) {
  if (failures <= 0) return 0;
  const whole = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  return Math.floor(whole * (1 - SPREAD * jitter));
}

// How the tablet stands to the server, from what is heard and from what is taken. A stream that
// beats proves that the server is there; only a believed answer proves that it takes entries.
export const SILENT_MS = 8_000; // no word from the server for so long: gone
export const STALLED_MS = 10_000; // something waits, and nothing was taken for so long: stuck
const SOON_MS = 3_000; // less is not worth a word
export const [AWAY, SIGNED_OUT, STUCK, SAVING, WELL] = ["away", "signed-out", "stuck", "saving", "well"];

export function standingOf({ isOnline, silentMs, isSignedOut, waiting, stalledMs }) {
  if (isSignedOut) return SIGNED_OUT;
  if (!isOnline || silentMs > SILENT_MS) return AWAY;
  if (waiting > 0 && stalledMs >= STALLED_MS) return STUCK;
  return waiting > 0 && stalledMs >= SOON_MS ? SAVING : WELL;
}
