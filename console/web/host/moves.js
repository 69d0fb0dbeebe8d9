/**
 * What may be asked of a session, in a host's words. Whether it may be asked now is the API's to say (`allowed`); what
 * is here is how it is asked, and why it can't be.
 */

/**
 * By the API's names of the moves (shared/domain/moves.py). `told` is said once the API has taken it; `then` is where the
 * keyboard goes on when the button goes away with that.
 *
 * @type {Record<string, {id: string, label: string, kind: string, told: string, then?: string, call: (api: any, id: string, onRecording?: string) => Promise<any>}>}
 */
export const MOVES = {
  "streaming/start": {
    id: "go-on-air",
    label: "Go on the air",
    kind: "primary",
    told: "Going on the air",
    call: (api, id, onRecording) => api.startStreaming(id, onRecording),
  },
  "streaming/stop": {
    id: "go-off-air",
    label: "Go off the air",
    kind: "danger",
    told: "Going off the air",
    call: (api, id, onRecording) => api.stopStreaming(id, onRecording),
  },
  "recording/start": {
    id: "start-recording",
    label: "Start recording",
    kind: "primary",
    told: "The recording begins",
    call: (api, id) => api.startRecording(id),
  },
  "recording/stop": {
    id: "stop-recording",
    label: "Stop recording",
    kind: "danger",
    told: "The recording has its end",
    call: (api, id) => api.stopRecording(id),
  },
  medialive: {
    id: "provision",
    then: "#go-on-air",
    label: "Make the channel",
    kind: "primary",
    told: "The channel is being made",
    call: (api, id) => api.provision(id),
  },
  end: {
    id: "end-session",
    label: "End the session …",
    kind: "danger",
    told: "The session is being ended",
    call: (api, id) => api.endSession(id),
  },
};

const OVER = {
  ending: "The session is being ended.",
  ended: "The session is over.",
  failed: "The session is over.",
  cleanup_incomplete: "The session is over; only what is left of it can be removed.",
};
const UNDER_WAY = {
  provision: "The channel is still being made.",
  start_streaming: "It is going on the air: wait until it is there.",
  stop_streaming: "It is going off the air: wait until it is off.",
  start_recorder: "A recording is being started: wait a moment.",
  stop_recorder: "A recording is being stopped: wait a moment.",
};

/** Why that move can't be asked for now, in words; null if it can. */
export function whyNot(session, move) {
  // The API lets an end be asked again, for whoever repairs one; to a host that is under way already.
  if (move === "end" && session.status === "ending" && isBusy(session)) return "It is being ended already.";
  if (session.allowed.includes(move)) return null;
  return OVER[session.status] ?? hasTakenEffect(session, move) ?? whatItWaitsFor(session);
}

/** Whether an operation is under way. */
export function isBusy(session) {
  return session.operation.finished_at === null;
}

/** Whether it is over, or on the way there: nothing is made for it any more. */
export function isOver(session) {
  return session.status in OVER;
}

/** Whether one channel streams and records, so that a start or stop of the stream cuts an open recording. */
export function isHosted(session) {
  return session.source.type === "rtmp";
}

/** Whether that move would cut the recording that is open. */
export function cutsRecording(session, move) {
  return move.startsWith("streaming/") && isHosted(session) && session.recording !== null;
}

function hasTakenEffect(session, move) {
  const { status, recording } = session;
  switch (move) {
    case "streaming/start":
      if (status === "live") return "It is on the air already.";
      return status === "starting" ? "It is going on the air already." : null;
    case "streaming/stop":
      if (status === "idle") return "It is off the air.";
      return status === "stopping" ? "It is going off the air already." : null;
    case "recording/start":
      if (recording)
        return recording.status === "starting" ? "A recording begins already." : "It is recording already.";
      return isHosted(session) || session.recorder ? null : "The session was made without a recorder.";
    case "recording/stop":
      return recording ? null : "Nothing is being recorded.";
    default:
      return null;
  }
}

function whatItWaitsFor(session) {
  if (session.operation.kind === "create") return "It has no channel yet: make that first.";
  if (isBusy(session)) return UNDER_WAY[session.operation.kind] ?? "Something else is under way: wait a moment.";
  return "The session does not allow it now.";
}
