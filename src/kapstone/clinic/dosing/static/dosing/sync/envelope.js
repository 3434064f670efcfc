// One event as it travels: its shape, canonical text, fingerprint. The twin of sync/envelope.py.
export const PROTOCOL = "room-sync/1";
export const GENESIS = "0".repeat(64);
const SAFE = Number.MAX_SAFE_INTEGER;
const LAST_MS = 4_102_444_800_000; // the year 2100
const LAST_SEQ = 2 ** 31 - 1;
const MOST_KNOWN = 50;
const MOST_DEEP = 6;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const WORD = /^[\x21-\x7e]{1,40}$/;
const NAME = /^[a-z0-9_]{1,40}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
// NUL, and half a character
const UNKEEPABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

const hex = (bytes) => [...new Uint8Array(bytes)].map((one) => one.toString(16).padStart(2, "0")).join("");

// 48 bits of milliseconds, then 74 bits of chance (a BigInt): an id that sorts by time.
export function uuid7(unixMs, random) {
  const high = (random >> 62n) & 0xfffn;
  const low = random & ((1n << 62n) - 1n);
  const whole = (BigInt(unixMs) << 80n) | (0x7n << 76n) | (high << 64n) | (0b10n << 62n) | low;
  return whole.toString(16).padStart(32, "0").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function chance(bits = 74) {
  const bytes = crypto.getRandomValues(new Uint8Array(Math.ceil(bits / 8)));
  return BigInt(`0x${hex(bytes)}`) & ((1n << BigInt(bits)) - 1n);
}

export const instant = (unixMs) => new Date(unixMs).toISOString();

// Python sorts by code point and JavaScript by UTF-16 unit; the names of an event are ASCII.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(",")}}`;
}

export async function sha256(text) {
  return hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

export const fingerprint = (event) => sha256(canonical(event));

// --- Reading, strictly -----------------------------------------------------------------------
const whole = (least, most) => (value) => Number.isInteger(value) && value >= least && value <= most;
const word = (pattern) => (value) => typeof value === "string" && pattern.test(value);
const orNull = (reads) => (value) => value === null || value === undefined || reads(value);
const isUuid = word(UUID);
const isUuid7 = (value) => isUuid(value) && value[14] === "7" && "89ab".includes(value[19]);
const isInstant = (value) => word(INSTANT)(value) && !Number.isNaN(Date.parse(value)) && instant(Date.parse(value)) === value;

function canTravel(value, depth = 0) {
  if (depth > MOST_DEEP) return false;
  if (Array.isArray(value)) return value.every((part) => canTravel(part, depth + 1));
  if (value !== null && typeof value === "object") {
    return Object.entries(value).every(([name, part]) => NAME.test(name) && canTravel(part, depth + 1));
  }
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) <= SAFE;
  return typeof value !== "string" || !UNKEEPABLE.test(value);
}

const isPayload = (value) => value !== null && typeof value === "object" && !Array.isArray(value) && canTravel(value);

const MEMBERS = {
  event_id: isUuid7,
  session: isUuid,
  device_id: isUuid,
  device_seq: whole(1, LAST_SEQ),
  actor: isUuid,
  authenticated: word(WORD),
  kind: word(WORD),
  payload: isPayload,
  observed_at: isInstant,
  is_hand_timed: (value) => typeof value === "boolean",
  source: word(/^(room|paper)$/),
  wall_ms: whole(0, LAST_MS),
  mono_ms: whole(0, SAFE),
  epoch_id: word(WORD),
  offset_ms: orNull(whole(-LAST_MS, LAST_MS)),
  unc_ms: orNull(whole(0, LAST_MS)),
  supersedes: orNull(isUuid),
  lease: orNull(whole(1, LAST_SEQ)),
  knows: (value) => Array.isArray(value) && value.length <= MOST_KNOWN && value.every(isUuid),
  client_version: word(WORD),
  prev_hash: word(/^[0-9a-f]{64}$/),
};

// Name the members that cannot be read, sorted; none for an event that may travel.
export function faults(raw) {
  if (raw === null || typeof raw !== "object" || Array.isArray(raw)) return [""];
  const found = Object.keys(MEMBERS).filter((name) => !MEMBERS[name](raw[name]));
  const isNull = (name) => raw[name] === null || raw[name] === undefined;
  if (isNull("offset_ms") !== isNull("unc_ms") && !found.includes("unc_ms")) found.push("unc_ms");
  const unknown = Object.keys(raw).filter((name) => !(name in MEMBERS));
  return [...found, ...unknown.map((name) => name.slice(0, 40))].sort();
}
