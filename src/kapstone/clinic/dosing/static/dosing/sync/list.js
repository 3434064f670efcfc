// Entries of this tablet in the list of what was written: tick 1 on this tablet, tick 2 saved.
import { HELD, KEPT, REFUSED, SAVED } from "./outbox.js";
import { clockIn } from "./forms.js";
import { isVoice, say } from "./words.js";

const TICKS = {
  [KEPT]: ["✓", "on this tablet"],
  [SAVED]: ["✓✓", "saved"],
  [HELD]: ["✓✓", "at the server, to be looked at"],
  [REFUSED]: ["✓", "on this tablet, not taken"],
};

function make(tag, text, className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

function ticks(item) {
  const [sign, words] = TICKS[item.standing];
  const element = make("span", "", "ticks");
  element.dataset.standing = item.standing;
  const drawn = make("span", sign);
  drawn.ariaHidden = "true";
  element.append(drawn, ` ${words}`);
  return element;
}

function line(item, facts, sendAgain) {
  const { event } = item;
  const element = document.createElement("li");
  element.dataset.mine = event.event_id;
  const words = say(event, facts.words);
  const said = isVoice(event) ? make("q", words, "voice") : make("span", words);
  const by = make("span", event.actor === facts.actor ? facts.by : "", "by");
  by.append(ticks(item));
  element.append(make("span", clockIn(facts.zone, Date.parse(event.observed_at)), "at num"), said, by);
  if (item.words) element.append(make("span", item.words, "look"));
  if (item.standing === REFUSED) {
    const again = make("button", "Send again", "btn");
    again.type = "button";
    again.addEventListener("click", () => sendAgain(event.event_id));
    element.append(again);
  }
  return element;
}

// items: the queue, and what was saved from it a moment ago; the server's own lines come first.
export function list(items, facts, sendAgain) {
  const feed = document.querySelector(".feed");
  if (!feed) return;
  for (const old of feed.querySelectorAll("[data-mine], .ticks")) old.remove();
  const missing = [];
  for (const item of items) {
    const known = feed.querySelector(`[data-entry="${item.event.event_id}"] .by`);
    if (known) known.append(ticks(item));
    else missing.push(item);
  }
  const newestFirst = missing.sort((a, b) => (a.event.observed_at < b.event.observed_at ? 1 : -1));
  feed.prepend(...newestFirst.map((item) => line(item, facts, sendAgain)));
}
