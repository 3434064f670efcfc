// What the page says of the session; each answer of the server brings it anew.
let raw = "";
let read = {};

export function facts() {
  const now = document.getElementById("tablet")?.dataset.tablet ?? "{}";
  if (now !== raw) [raw, read] = [now, JSON.parse(now)];
  return read;
}
