/**
 * What each part of a session should be now, and what is to be thought of what it is. Pure; `lanes.js` asks it.
 *
 * The same rule as the reconciler's (`shared/domain/reconcile.py`, `desired_of`), told from what the API answers: there it
 * decides what is done, here it only says what is aimed at.
 */

/** Operations of a session that end with something on the air or recording. */
const STARTS_RECORDER = new Set(["provision", "start_recorder"]);
/** Why a destination is taken off a session that goes on. */
const REMOVED_FOR = new Set(["ChannelStopped", "ChannelLost"]);
const OVER = new Set(["ended", "failed"]);
const RECORDS = new Set(["starting", "recording"]);

/** Whether nothing of the session is left, nor wanted. */
export function isOver(session) {
  return OVER.has(session.status);
}

/** Whether something is being done about the session now, so that what is not as it should be is on its way. */
export function isUnderWay(session) {
  return isAsked(session) && session.operation.finished_at === null;
}

/** Whether a recording is open that wants a channel to run. */
export function isRecording(session) {
  return RECORDS.has(session.recording?.status);
}

/**
 * What the resources of one lane should be: `there` (whether they should exist), `channel`, `input`, `flow_output`,
 * `ivs_channel` as AWS would call it, `onAir` whether its destination should be on the air.
 *
 * @param {any} session
 * @param {{streams: boolean, records: boolean, error: any, channel: any}} lane
 */
export function wanted(session, lane) {
  const there = isThere(session, lane);
  const onAir = there && lane.streams && !lane.error && session.desired_status === "live";
  const channel = onAir || (there && !lane.error && wantsRecorder(session, lane)) ? "RUNNING" : "IDLE";
  const or = (state) => (there ? state : isAsked(session) || isOver(session) ? "deleted" : "nothing yet");
  return {
    there,
    onAir,
    channel: or(channel),
    input: or("ATTACHED"),
    flow_output: or("ENABLED"),
    ivs_channel: or("ACTIVE"),
  };
}

/** Whether anybody has asked yet that its channels be made. */
function isAsked(session) {
  return session.operation.kind !== "create";
}

function isThere(session, lane) {
  if (isOver(session) || session.desired_status === "ended") return false;
  if (session.status === "ending" || session.status === "cleanup_incomplete") return false;
  if (!isAsked(session)) return false;
  if (!lane.error) return true;
  // What fails while it is made is rolled back; a channel that will not start stays for the next start.
  return !(
    session.operation.kind === "provision" ||
    REMOVED_FOR.has(lane.error.name) ||
    lane.channel?.state === "deleted"
  );
}

function wantsRecorder(session, lane) {
  if (!lane.records) return false;
  if (isRecording(session)) return true;
  const { kind } = session.operation;
  return (
    !lane.streams &&
    isUnderWay(session) &&
    STARTS_RECORDER.has(kind) &&
    (kind !== "provision" || session.desired_status === "live")
  );
}

/**
 * What a resource is, in a word, and the verdict: `live`, `good`, `busy` (on its way), `warn` (not as it should be),
 * `bad`, `idle` (not there yet), `over` (gone, as it should be). What nobody looks at is `unknown`.
 *
 * @param {any} row the ledger's row, if there is one
 * @param {string} should
 * @param {any} session
 * @param {boolean} leaving whether the lane is being removed beside the session's operation
 */
export function judged(row, should, session, leaving) {
  const moving = isUnderWay(session) || leaving;
  if (!row) {
    return should === "deleted" ? { is: "never made", verdict: "over" } : { is: "not there yet", verdict: "idle" };
  }
  const is = row.state === "created" ? (row.observed ?? "there") : row.state === "intended" ? "being made" : "deleted";
  return { is, verdict: verdict(row, is, should, moving) };
}

function verdict(row, is, should, moving) {
  if (is.endsWith("_FAILED")) return moving ? "warn" : "bad";
  if (row.state === "deleted") return should === "deleted" ? "over" : moving ? "busy" : "bad";
  if (row.state === "intended") return moving ? "busy" : "warn";
  if (should === "deleted") return moving ? "busy" : "bad";
  if (is === should || (should === "ATTACHED" && is === "IN_USE")) return is === "RUNNING" ? "live" : "good";
  // Nobody looks at an input again once its channel was made, which is before the channel has it for certain.
  if (is === "DETACHED" && !moving) return "unknown";
  return moving || is.endsWith("ING") ? "busy" : "warn";
}

/** What a verdict means, for people. */
export const VERDICTS = {
  live: { sign: "●", words: "as it should be, and running" },
  good: { sign: "✓", words: "as it should be" },
  busy: { sign: "◔", words: "on its way" },
  warn: { sign: "▲", words: "not as it should be" },
  bad: { sign: "✕", words: "failed" },
  idle: { sign: "○", words: "not there yet, or at rest" },
  unknown: { sign: "·", words: "not known" },
  over: { sign: "■", words: "gone" },
};
