// Single-letter keys: J and K move, Enter opens, ? lists; others press the control that names them.
// They rest while a field has focus, and can be switched off (kept in this browser).
const OFF = "kapstone-keys-off";

function typing(target) {
  return target.isContentEditable || target.matches?.("input, select, textarea, [role=textbox]");
}

const rows = () => [...document.querySelectorAll("[data-row]")];

function move(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(document.querySelector(".is-here"));
  const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
  all[at]?.classList.remove("is-here");
  next.classList.add("is-here");
  next.scrollIntoView({ block: "nearest" });
  (next.querySelector("a, button") ?? next).focus({ preventScroll: true });
}

function press(key) {
  const here = document.querySelector(".is-here");
  const match = `[data-key="${CSS.escape(key)}"]`;
  const control = here?.querySelector(match) ?? document.querySelector(match);
  control?.click();
  return Boolean(control);
}

function list() {
  const keys = new Map([["j", "next row"], ["k", "previous row"], ["enter", "open"]]);
  for (const control of document.querySelectorAll("[data-key]")) {
    keys.set(control.dataset.key, control.textContent.trim().replace(/\s+/g, " "));
  }
  const said = [...keys].map(([key, does]) => `${key.toUpperCase()}: ${does}`).join(". ");
  const status = document.getElementById("said");
  if (status) status.textContent = said;
  document.getElementById("all-keys")?.showModal?.();
}

export function switchKeys(on) {
  if (on) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
}

document.addEventListener("keydown", (event) => {
  const plain = !(event.ctrlKey || event.metaKey || event.altKey);
  if (!plain || event.defaultPrevented || typing(event.target) || localStorage.getItem(OFF)) return;
  const key = event.key.toLowerCase();
  if (key === "j") move(1);
  else if (key === "k") move(-1);
  else if (key === "?") list();
  else if (key === "escape") event.target.closest("details[open]")?.removeAttribute("open");
  else if (key.length !== 1 || !press(key)) return;
  event.preventDefault();
});

for (const box of document.querySelectorAll("[data-keys-switch]")) {
  box.checked = !localStorage.getItem(OFF);
  box.addEventListener("change", () => switchKeys(box.checked));
}
