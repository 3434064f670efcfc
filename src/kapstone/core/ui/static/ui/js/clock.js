// Countdowns, times since, and the now line: redrawn from data attributes, focus left alone.
const two = (n) => String(n).padStart(2, "0");

export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  const h = Math.floor(s / 3600);
  const m = Math.floor((s % 3600) / 60);
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

function tell(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function countdowns(now) {
  for (const element of document.querySelectorAll("[data-until]")) {
    const left = (Date.parse(element.dataset.until) - now) / 1000;
    tell(element, left < 0 ? `${span(-left)} over` : span(left));
    element.closest(".due")?.classList.toggle("over", left < 0);
  }
  for (const element of document.querySelectorAll("[data-since]")) {
    tell(element, span((now - Date.parse(element.dataset.since)) / 1000));
  }
}

// <g data-now-from="ISO" data-now-hour-px="3.05">: drawn by the server where now was.
function nowLines(now) {
  for (const line of document.querySelectorAll("[data-now-from]")) {
    const hours = (now - Date.parse(line.dataset.nowFrom)) / 3.6e6;
    line.setAttribute("transform", `translate(${(hours * line.dataset.nowHourPx).toFixed(1)} 0)`);
    const label = line.querySelector("text");
    const zone = line.dataset.nowZone || undefined;
    const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
    if (label) tell(label, new Intl.DateTimeFormat("en-GB", form).format(now));
  }
}

countdowns(Date.now());
setInterval(() => countdowns(Date.now()), 1000);
setInterval(() => nowLines(Date.now()), 60000);
