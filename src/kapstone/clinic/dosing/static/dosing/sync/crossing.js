// Whether a set of vital signs crosses a limit, told on this tablet while the server is away.
const WRONG_SIDE = {
  "at-or-above": (value, limit) => value >= limit,
  above: (value, limit) => value > limit,
  below: (value, limit) => value < limit,
  "at-or-below": (value, limit) => value <= limit,
};

// facts.limits: the gravest first, each with the number that counts for this patient.
export function crossings(vitals, before, facts) {
  const sedated = vitals.alertness !== undefined && vitals.alertness <= facts.sedated_at;
  const found = new Map();
  for (const limit of facts.limits) {
    const value = Number(vitals[limit.parameter] ?? NaN);
    if (found.has(limit.parameter) || Number.isNaN(value)) continue;
    if (!WRONG_SIDE[limit.side](value, limit.number)) continue;
    const isSigned = sedated && limit.signs.includes("sedated");
    const again = Number(before[limit.parameter] ?? NaN);
    const isSecond = limit.twice && !Number.isNaN(again) && WRONG_SIDE[limit.side](again, limit.number);
    if ((limit.twice || limit.signs.length) && !isSigned && !isSecond) continue;
    const sentence = limit.sentence.replace("{value}", value).replace("{limit}", limit.number)
      .replace("{signs}", isSigned ? facts.words.sign.sedated : "");
    found.set(limit.parameter, { parameter: limit.parameter, level: limit.level, sentence });
  }
  return [...found.values()];
}

// The first due time that no set answers: a set counts from the middle of the interval before.
export function nextDue(schedule, takenMs) {
  return schedule.find(([due, overdue]) => takenMs === null || takenMs < due - (overdue - due)) ?? null;
}
