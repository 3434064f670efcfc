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

// The server draws the now line and leaves the axis's zero, and how far one hour (or day) is.
function nowLines(now) {
  for (const group of document.querySelectorAll("[data-now-origin]")) {
    const { nowOrigin, nowBase, nowStep, nowUnit, nowZone, nowPer } = group.dataset;
    const along = (now - Date.parse(nowOrigin)) / (nowPer === "day" ? 8.64e7 : 3.6e6);
    const line = group.querySelector(".now");
    line.setAttribute("x", `${(Number(nowBase) + along * nowStep).toFixed(2)}${nowUnit ?? ""}`);
    const label = line.querySelector("text");
    const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: nowZone };
    if (label?.textContent.includes(":")) tell(label, new Intl.DateTimeFormat("en-GB", form).format(now));
  }
}

// A page that knows how far the server's clock is ahead says so; the device's own may be wrong.
const now = () => Date.now() + Number(document.documentElement.dataset.aheadMs ?? 0);
countdowns(now());
setInterval(() => countdowns(now()), 1000);
setInterval(() => nowLines(now()), 60000);
