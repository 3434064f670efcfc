// Keys: J and K move, Enter opens, ? lists, G then a letter goes; others press what names them.
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

// The list of keys that work on this page, written anew each time it is asked for.
function list() {
  const dialog = document.getElementById("all-keys");
  if (!dialog) return;
  const known = [["J", "next row"], ["K", "previous row"], ["Ctrl K", "find"], ["G T", "go to Today, by its first letter"]];
  for (const control of document.querySelectorAll("[data-key]")) {
    const words = control.textContent.replace(/\s+/g, " ").trim();
    known.push([control.dataset.key.toUpperCase(), words.replace(/ ?[A-Z?]$/, "")]);
  }
  dialog.querySelector("dl").replaceChildren(...known.flatMap(([key, does]) => {
    const [name, meaning] = [document.createElement("dt"), document.createElement("dd")];
    name.append(key);
    meaning.append(does);
    return [name, meaning];
  }));
  dialog.showModal();
}

function go(letter) {
  const links = [...document.querySelectorAll(".rail-link[href]")];
  links.find((link) => link.textContent.trim().toLowerCase().startsWith(letter))?.click();
}

export function switchKeys(on) {
  if (on) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
}

let going = -Infinity; // when G was pressed: the next letter names a place

document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && key === "k") {
    document.querySelector("[type=search]")?.focus();
    event.preventDefault();
    return;
  }
  const plain = !(event.ctrlKey || event.metaKey || event.altKey);
  if (!plain || event.defaultPrevented || typing(event.target) || localStorage.getItem(OFF)) return;
  if (event.timeStamp - going < 1500 && key.length === 1) {
    going = -Infinity;
    go(key);
  } else if (key === "g") going = event.timeStamp;
  else if (key === "j") move(1);
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
