// An entry as a line of the list, in the words that the server will use for it.
const SHORT = [
  ["heart_rate_per_min", "pulse", ""], ["spo2_percent", "SpO2", ""], ["breaths_per_min", "breaths", ""],
  ["temperature_c", "temperature", ""], ["alertness", "alertness", ""], ["rass", "RASS", ""],
  ["distress", "distress", " of 10"], ["nausea", "nausea", " of 3"],
  ["perception", "changed perception", " of 10"], ["depth", "depth", " of 4"],
];
const ROOM = { "went-home": "Went home", "left-against-advice": "Left against advice", stay: "Stays; looked at again later" };

const capital = (said) => said.slice(0, 1).toUpperCase() + said.slice(1);

function vitals(payload) {
  const parts = [];
  const { systolic_mmhg: high, diastolic_mmhg: low } = payload;
  if (high !== undefined || low !== undefined) parts.push(`${high ?? "-"}/${low ?? "-"}`);
  for (const [name, word, unit] of SHORT) {
    if (payload[name] !== undefined) parts.push(`${word} ${payload[name]}${unit}`);
  }
  if (payload.is_dissociated_with_reflexes) parts.push("dissociated, protective reflexes present");
  return capital(parts.join(", "));
}

function happening(payload, words) {
  let name = words.event[payload.event] ?? (payload.event === "asks-to-stop" ? "Asks to stop" : payload.event);
  if (payload.event === "sign") name = `Seen: ${words.sign[payload.sign] ?? payload.sign}`;
  const medicine = [payload.medicine, payload.amount, payload.route].filter(Boolean).join(" ");
  const ordered = payload.ordered_by ? `ordered by ${payload.ordered_by}` : "";
  const degree = payload.degree === undefined ? "" : words.degree[payload.degree];
  return [name, degree, medicine, ordered, payload.detail].filter(Boolean).join(", ");
}

function dose(payload, words) {
  const amount = String(Number(payload.amount_mg));
  const over = payload.duration_min ? ` over ${Number(payload.duration_min)} min` : "";
  return `${words.product[payload.product]} ${amount} mg ${payload.route}${over}${payload.lot ? `, lot ${payload.lot}` : ""}`;
}

function state(payload, words) {
  if (payload.change === "emergency") return words.step[payload.item] ?? payload.item;
  if (payload.change === "container") return `${words.container[payload.item]}: ${payload.value || "none"}`;
  return ROOM[payload.item] ?? payload.item;
}

const SAY = {
  vitals,
  event: happening,
  dose,
  state,
  "no-value": (payload, words) => `No value: ${(words.reason[payload.reason] ?? payload.reason).toLowerCase()}`,
  note: (payload) => payload.text,
  answer: (payload, words) => `${words.reply[payload.reply]}: ${payload.parameter}`,
  correction(payload, words) {
    const instead = payload.instead ? SAY[payload.of](payload.instead, words) : "nothing took place";
    return `Corrected: ${instead}`;
  },
};

export const say = ({ kind, payload }, words) => SAY[kind]?.(payload, words) ?? kind;
export const isVoice = ({ kind, payload }) => kind === "note" && payload.speaker === "patient";
