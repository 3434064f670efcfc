// Where several forms stand on one page and htmx puts the page anew after one is saved, what was
// typed in the others stays. It is held in this page's memory for the swap only, and kept nowhere:
// what a patient said must not lie in a shared tablet's storage.
const KEEPS = "[data-keeps-typed]";
const SKIPPED = ["hidden", "password", "submit", "button"];
const ticks = (field) => ["radio", "checkbox"].includes(field.type);
const inputs = (form) => [...form.elements].filter((field) => field.name && !SKIPPED.includes(field.type));
// A form is the same one if it sends the same thing: its address, and the check it names.
const same = (form) => `${form.getAttribute("action")} ${form.elements.check?.value ?? ""}`;
let held = [];
let saved = ""; // the id of the check that was sent: the focus goes back to it

function isTyped(field) {
  if (ticks(field)) return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((one) => one.selected !== one.defaultSelected);
  return field.value !== field.defaultValue;
}

const said = (field) => ({ name: field.name, value: field.value, checked: field.checked });

export function hold(container, sent) {
  held = [...container.querySelectorAll("form")]
    .filter((form) => form !== sent && inputs(form).some(isTyped))
    .map((form) => ({ form: same(form), given: inputs(form).map(said) }));
}

export function giveBack(container) {
  for (const { form: key, given } of held) {
    const form = [...container.querySelectorAll("form")].find((one) => same(one) === key);
    if (!form) continue;
    for (const one of given) {
      for (const field of inputs(form).filter((other) => other.name === one.name)) {
        if (!ticks(field)) field.value = one.value;
        else if (field.value === one.value) field.checked = one.checked;
      }
    }
    form.closest("details")?.setAttribute("open", "");
  }
  held = [];
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const container = detail.target?.closest?.(KEEPS) ?? detail.target?.querySelector?.(KEEPS);
  if (!container || !detail.shouldSwap) return;
  const sent = detail.requestConfig?.elt;
  saved = sent?.elements?.check?.value ?? "";
  hold(container, sent);
});
document.addEventListener("htmx:afterSettle", () => {
  const container = document.querySelector(KEEPS);
  if (!container) return;
  if (held.length) giveBack(container);
  if (document.activeElement !== document.body || !saved) return;
  const place = document.getElementById(saved);
  (place?.querySelector("[role=alert], summary, a[href], button") ?? document.getElementById("main"))?.focus({ preventScroll: true });
  saved = "";
});
