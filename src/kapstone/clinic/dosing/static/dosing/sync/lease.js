// What speaks against a dose under a lease: the same words as sync/lease.py flags it with.

// Hundredths of a milligram, whole: binary fractions would round a dose.
export function hundredths(text) {
  const found = /^(-?)(\d+)(?:\.(\d{1,2})0*)?$/.exec(String(text));
  if (!found) return NaN;
  const whole = Number(found[2]) * 100 + Number((found[3] ?? "").padEnd(2, "0"));
  return found[1] ? -whole : whole;
}

export function plainMg(whole) {
  const text = (whole / 100).toFixed(2).replace(/\.?0+$/, "");
  return text === "-0" ? "0" : text;
}

export function flagsOf(leases, { deviceId, number, atMs }) {
  if (number === null) return ["no-lease"];
  const named = leases.find((one) => one.number === number);
  if (!named || named.device_id !== deviceId) return ["lease-not-its-own"];
  const flags = [];
  if (leases.some((one) => one.number > number && one.device_id !== deviceId)) flags.push("lease-fenced");
  if (atMs >= named.expires_ms) flags.push("lease-ran-out");
  return flags;
}
