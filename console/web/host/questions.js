/** What is asked back before something is done that can't be undone. Each answers null where the host thinks better of it. */

import { ask } from "../parts.js";
import { counted } from "../words.js";
import { isHosted } from "./moves.js";

/** What becomes of the recording that going on or off the air would cut: "finish" or "continue_with_gap". */
export function askOnRecording(session, move) {
  const starts = move === "streaming/start";
  const goes = starts ? "goes on the air" : "goes off the air";
  return ask({
    title: "What is to become of the recording?",
    text: `A recording is under way. The channel ${starts ? "is started again" : "is stopped"} when it ${goes}, which cuts the recording.`,
    choices: [
      {
        value: "finish",
        label: "Finish the recording",
        hint: `It ends now and can be played a few minutes later. Then the session ${goes}.`,
        kind: "primary",
      },
      {
        value: "continue_with_gap",
        label: "Go on recording, with a gap",
        hint: `It stays one recording. What happens while the channel ${starts ? "starts" : "is started without the stream"}, a minute or two, is missing in it.`,
      },
    ],
  });
}

/** Whether the session is really to end: "end". */
export function askToEnd(session) {
  const now = [
    session.status === "live" ? "It is on the air: viewers lose the stream at once." : "",
    session.recording ? "The recording that is under way gets its end and is kept." : "",
  ].filter(Boolean);
  const lines = [
    ...now,
    `Deleted: ${deleted(session)}.`,
    `Kept: its recordings, what it has cost, and its audit trail${isHosted(session) ? "" : "; the flow stays as it is"}.`,
    "An ended session can't be brought back.",
  ];
  return ask({
    title: `End “${session.name}”?`,
    text: lines.join("\n"),
    choices: [{ value: "end", label: "End the session", kind: "danger" }],
  });
}

function deleted(session) {
  if (!isHosted(session)) {
    return `${counted(session.destinations.length, "channel")} with ${session.destinations.length === 1 ? "its input, its output" : "their inputs, their outputs"} on the flow, and the stream keys`;
  }
  const own = session.destinations.some((one) => one.platform === "ivs");
  return `the channel, the encoder's RTMP endpoint${own ? ", the IVS channel with the address that viewers watch" : " and the stream key"}`;
}
