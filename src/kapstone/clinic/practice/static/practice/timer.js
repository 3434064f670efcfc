// A quiet timer: counts down, says the minutes left, and keeps the practice at its end.
const BREATH_SECONDS = 5;

function clock(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}

function begin(timer) {
  const minutes = Number(timer.dataset.minutes);
  const left = timer.querySelector(".left");
  const says = timer.querySelector("[data-says]");
  const kept = timer.querySelector("[name=minutes]");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const ends = Date.now() + minutes * 60_000;
  timer.classList.add("going");
  timer.querySelector("[data-start]").hidden = true;
  const enough = timer.querySelector("[data-enough] , [data-enough] span");
  if (enough) enough.lastChild.textContent = "That is enough";
  let said = minutes + 1;
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    const gone = minutes * 60 - seconds;
    const breath = Math.floor(gone / BREATH_SECONDS) % 2 ? "out" : "in";
    left.textContent = "breathes" in timer.dataset && still ? `breathe ${breath}` : clock(seconds);
    if (kept) kept.value = Math.max(1, Math.round(gone / 60));
    if (Math.ceil(seconds / 60) < said) {
      said = Math.ceil(seconds / 60);
      says.textContent = said ? `${said} minutes left` : "That is the end.";
    }
    if (seconds > 0) return;
    clearInterval(beat);
    timer.classList.remove("going");
    left.textContent = "The end";
    if (timer.tagName === "FORM") timer.requestSubmit();
  };
  const beat = setInterval(tick, 500);
  tick();
}

for (const timer of document.querySelectorAll(".timer[data-minutes]")) {
  const start = timer.querySelector("[data-start]");
  start.hidden = false;
  start.addEventListener("click", () => begin(timer));
}
