/** What a step of an execution says of itself: sign, tone and words, as its box, its list entry and its details show it. */

import { clockTime, duration, plain, secondsBetween } from "../words.js";

const SAYS = {
  running: { sign: "◑", tone: "busy", words: "running" },
  waiting: { sign: "◷", tone: "busy", words: "waiting" },
  succeeded: { sign: "✓", tone: "good", words: "succeeded" },
  caught: { sign: "✕", tone: "warn", words: "failed, and caught" },
  failed: { sign: "✕", tone: "bad", words: "failed" },
  aborted: { sign: "⊘", tone: "bad", words: "aborted" },
};
const UNKNOWN = { sign: "·", tone: "idle", words: "not entered" };
const TYPES = {
  Task: "step",
  Choice: "decision",
  Map: "for each item",
  Pass: "note",
  Succeed: "good end",
  Fail: "bad end",
};

/** Sign, tone and words of a visit's status; of a state that was not entered if there is none. */
export function says(status) {
  return status ? (SAYS[status] ?? { ...UNKNOWN, words: plain(status) }) : UNKNOWN;
}

/** What a type of state is called here. */
export function typeInWords(type) {
  return TYPES[type] ?? type.toLowerCase();
}

/** Seconds that a step took, or has taken by `now`; null if nobody knows when it was entered. */
export function took(step, now) {
  return step.entered_at ? secondsBetween(step.entered_at, step.left_at ?? now) : null;
}

/** "0.4 s", "2 min 5 s". */
export function tookInWords(step, now) {
  const seconds = took(step, now);
  if (seconds === null) return "–";
  return seconds < 10 ? `${Number(Math.max(0, seconds).toFixed(1))} s` : duration(seconds);
}

/** The second line of a state's box: what matters most of its last visit. */
export function inShort(step, now) {
  if (step.status === "waiting") return `waits ${clockTime(took(step, now) ?? 0)}`;
  if (step.status === "running") return `running ${clockTime(took(step, now) ?? 0)}`;
  if (step.error && step.status !== "succeeded") return step.error.name;
  return step.status === "succeeded" ? tookInWords(step, now) : says(step.status).words;
}

/** What a parked step waits for, in a sentence. */
export function waitInWords(wait, now) {
  const since = clockTime(secondsBetween(wait.since, now));
  return `waits ${since} for the event “${wait.event}”: channel ${wait.channel_id} ${plain(wait.wanted)}`;
}

/** Why a step was entered that undoes something, in a sentence. */
export function reasonInWords(because) {
  return `because ${because.state} failed: ${because.error?.name ?? "for an unknown reason"}`;
}
