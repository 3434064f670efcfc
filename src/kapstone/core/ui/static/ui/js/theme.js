// Choose a theme at once, without losing one's place; the form still works without this.
const YEAR = 365 * 24 * 3600;

export function choose(theme) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
  document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll("[data-theme-switch] button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-theme-switch]") || !event.submitter) return;
  event.preventDefault();
  choose(event.submitter.value);
});

// An error summary that has just been swapped in takes the focus; a full page uses autofocus.
document.addEventListener("htmx:afterSwap", (event) => {
  event.detail.elt.querySelector("[data-focus]")?.focus();
});
