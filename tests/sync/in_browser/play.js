// Play the vectors against the modules that a tablet runs; the twin of tests/sync/playing.py.
import * as clocks from "/sync/clocks.js";
import * as envelope from "/sync/envelope.js";
import * as lease from "/sync/lease.js";
import * as outbox from "/sync/outbox.js";
import { standingOf, waitMs } from "/sync/pace.js";

async function canonical({ value }) {
  const text = envelope.canonical(value);
  return { text, sha256: await envelope.sha256(text) };
}

async function event({ event: raw }) {
  const wrong = envelope.faults(raw);
  if (wrong.length) return { wrong };
  return { fingerprint: await envelope.fingerprint(raw) };
}

function link(told) {
  const { is_online: isOnline, silent_ms: silentMs, is_signed_out: isSignedOut, waiting, stalled_ms: stalledMs } = told;
  return { link: standingOf({ isOnline, silentMs, isSignedOut, waiting, stalledMs }) };
}

function clock({ steps }) {
  let now = null;
  return steps.map((step) => {
    if (step.do === "begin") now = clocks.begin(step.start, step.look);
    else if (step.do === "see") now = clocks.see(now, step.look);
    else now = clocks.learn(now, step.exchange);
    const times = clocks.stamp(now);
    return { ...times, is_unsure: clocks.isUnsure(times) };
  });
}

function crash(now) {
  const onDisk = now.items.filter((one) => one.standing !== outbox.WRITING);
  const head = outbox.headOf(now);
  if (onDisk.length < now.items.length) {
    const last = onDisk.at(-1);
    head.seq = last?.event.device_seq ?? 0;
    head.fingerprint = last?.fingerprint ?? envelope.GENESIS;
  }
  return outbox.reopen(now.session, now.deviceId, head, onDisk);
}

const STEPS = {
  async append(now, step) {
    const [grown, item] = await outbox.append(now, step.draft);
    return [grown, { device_seq: item.event.device_seq, prev_hash: item.event.prev_hash }];
  },
  kept: (now, step) => [outbox.kept(now, step.id), {}],
  batch: (now, step) => [now, { batch: outbox.batch(now, step.most ?? 200).map((one) => one.event_id) }],
  answer(now, step) {
    const sent = now.items.map((one) => one.event).filter((one) => step.sent.includes(one.event_id));
    return [outbox.takeAnswer(now, outbox.readAnswer(now, sent, step.body)), { is_believed: true }];
  },
  failed: (now) => [outbox.failed(now), {}],
  purge: (now) => [outbox.purge(now), {}],
  "look-again": (now, step) => [outbox.lookAgain(now, step.id), {}],
  crash: (now) => [crash(now), {}],
};

async function queue({ session, device_id, steps }) {
  let now = outbox.empty(session, device_id);
  const told = [];
  for (const step of steps) {
    let extra = {};
    try {
      [now, extra] = await STEPS[step.do](now, step);
    } catch (fault) {
      if (!(fault instanceof outbox.NotBelieved)) throw fault;
      [now, extra] = [outbox.failed(now), { is_believed: false }];
    }
    told.push({
      items: now.items.map((one) => [one.event.device_seq, one.standing, one.commitNo, one.code]),
      waiting: outbox.waiting(now).length,
      to_look_at: outbox.toLookAt(now).length,
      mark: now.mark,
      last_seq: now.lastSeq,
      failures: now.failures,
      ...extra,
    });
  }
  return told;
}

function flags({ leases, dose }) {
  return { flags: lease.flagsOf(leases, { deviceId: dose.device_id, number: dose.number, atMs: dose.at_ms }) };
}

const PLAYS = {
  "envelope canonical": canonical,
  "envelope events": event,
  "envelope unreadable": ({ event: raw }) => ({ members: envelope.faults(raw) }),
  "envelope uuid7": ({ unix_ms, random }) => ({ uuid: envelope.uuid7(unix_ms, BigInt(`0x${random.replace(/^0x/, "")}`)) }),
  "pace waits": ({ failures, jitter }) => ({ wait_ms: waitMs(failures, jitter) }),
  "pace links": link,
  "clocks runs": clock,
  "lease flags": flags,
  "outbox runs": queue,
};

window.plays = Object.keys(PLAYS);
window.play = async (part, cases) => {
  const told = [];
  for (const one of cases) told.push(await PLAYS[part](one));
  return told;
};
