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
