// Snapshots in, smooth agents out. The picture lags a little behind the newest snapshot, so that there
// are nearly always two to move between.

const DELAY_MS = 330;
const KEPT_SNAPSHOTS = 12;
const FURTHEST_EXTRAPOLATION = 1.4;
const JUMP_UNITS = 240;
const CLOCK_RESET_MS = 2000;
const DEFAULT_HOUR = 10.5;

export function createStore() {
  const snapshots = [];
  const agents = new Map();
  const bubbles = new Map();
  let clockOffset = null;
  let hour = DEFAULT_HOUR;

  function push(snapshot, now = performance.now()) {
    const newest = snapshots.at(-1);
    if (newest && snapshot.t <= newest.t) return;
    // The smallest delay seen is the truest: a late packet must not drag time back.
    const offset = now - snapshot.t;
    const isNew = clockOffset === null || Math.abs(offset - clockOffset) > CLOCK_RESET_MS;
    clockOffset = isNew ? offset : Math.min(clockOffset + 0.5, offset);
    snapshots.push({ ...snapshot, byId: new Map(snapshot.agents.map((a) => [a.id, a])) });
    if (snapshots.length > KEPT_SNAPSHOTS) snapshots.shift();
    for (const bubble of snapshot.bubbles ?? []) {
      if (!bubbles.has(bubble.id)) bubbles.set(bubble.id, { ...bubble });
    }
  }

  // Moves everybody to where they are at `now`.
  function sample(now = performance.now()) {
    if (!snapshots.length) return;
    const time = now - clockOffset - DELAY_MS;
    let index = snapshots.length - 1;
    while (index > 0 && snapshots[index].t > time) index--;
    const from = snapshots[index];
    const to = snapshots[index + 1] ?? from;
    const span = to.t - from.t || 1;
    const share = Math.max(0, Math.min(FURTHEST_EXTRAPOLATION, (time - from.t) / span));
    if (to.time !== undefined) {
      hour = (from.time + ((to.time - from.time + 24) % 24) * Math.min(1, share)) % 24;
    }
    for (const [id, target] of to.byId) {
      moveAgent(agentOf(id), from.byId.get(id) ?? target, target, share, span);
    }
    for (const id of agents.keys()) if (!to.byId.has(id)) agents.delete(id);
    ageBubbles(time);
  }

  function agentOf(id) {
    if (!agents.has(id)) agents.set(id, { id, phase: (Number(id) % 17) / 2.7, speed: 0 });
    return agents.get(id);
  }

  function ageBubbles(time) {
    for (const [id, bubble] of bubbles) {
      bubble.age = time - bubble.t;
      bubble.left = bubble.ttl - bubble.age;
      bubble.speaker = agents.get(bubble.agent);
      if (bubble.left < 0 || !bubble.speaker) bubbles.delete(id);
    }
  }

  return {
    agents,
    bubbles,
    push,
    sample,
    get hour() {
      return hour;
    },
    get weather() {
      return snapshots.at(-1)?.weather ?? null;
    },
    get isEmpty() {
      return !snapshots.length;
    },
  };
}

function moveAgent(agent, from, to, share, span) {
  const step = Math.hypot(to.x - from.x, to.y - from.y);
  const part = step > JUMP_UNITS ? 1 : share;
  agent.x = from.x + (to.x - from.x) * part;
  agent.y = from.y + (to.y - from.y) * part;
  agent.heading = turn(from.heading, to.heading, Math.min(1, part));
  agent.speed = (step / span) * 1000;
  agent.state = to.state;
  agent.mood = to.mood;
  agent.look = to.look;
  agent.hidden = to.state === "indoors";
}

// The shorter way round.
function turn(from, to, share) {
  let difference = (to - from) % (Math.PI * 2);
  if (difference > Math.PI) difference -= Math.PI * 2;
  if (difference < -Math.PI) difference += Math.PI * 2;
  return from + difference * share;
}
