/** Two large lights: whether the show is on the air, and whether it is recorded, since when, and what is not right with it. */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { when } from "../parts.js";
import { platformTitle } from "../platforms.js";
import { clockTime, secondsBetween } from "../words.js";
import { isBusy, isHosted } from "./moves.js";

const ENDED = {
  requested: "It was ended on request.",
  max_duration: "It was ended because its longest time was over.",
  input_lost: "It was ended because its input was lost.",
  budget: "It was ended because its budget was spent.",
  error: "It was ended because of an error.",
};
const NOT_BROADCASTING = {
  idle: "has not begun",
  starting: "gets no stream yet",
  retrying: "has lost the stream, and it is tried again",
  errored: "has failed",
};

/**
 * The light for being on the air: `state`, which is a session's status; `word`, `sign` and `tone` to show it; `at`, since
 * when; `counts` if the time since is worth a clock; `says`, what else there is to know.
 */
export function airLight(session) {
  const at = session.timeline.findLast((change) => change.status === session.status)?.at ?? session.updated_at;
  const light = { state: session.status, at, counts: false, says: [] };
  switch (session.status) {
    case "live":
      return { ...light, word: "ON AIR", sign: "●", tone: "on", counts: true, says: notBroadcasting(session) };
    case "starting":
      return { ...light, word: "Going on the air …", sign: "◔", tone: "busy", counts: true };
    case "stopping":
      return { ...light, word: "Going off the air …", sign: "◕", tone: "busy", counts: true };
    case "ending":
      return { ...light, word: "Ending …", sign: "◕", tone: "busy", counts: true, says: ["What it used is removed."] };
    case "idle":
      return { ...light, word: "Off the air", sign: "○", tone: "off", says: beingMade(session) };
    case "creating":
      return {
        ...light,
        word: "Off the air",
        sign: "○",
        tone: "off",
        counts: isBusy(session),
        says: beingMade(session),
      };
    case "ended":
      return { ...light, word: "Over", sign: "■", tone: "off", says: [ENDED[session.ended_reason] ?? ""] };
    case "failed":
      return { ...light, word: "Over", sign: "✕", tone: "off", says: ["It failed. Nothing of it is left."] };
    case "cleanup_incomplete":
      return { ...light, word: "Over", sign: "▲", tone: "off", says: ["Something of it could not be removed."] };
    default:
      return { ...light, word: "Something is under way …", sign: "◑", tone: "busy", counts: true };
  }
}

/** The light for recording, likewise. `beingFinished`: the numbers of recordings that have their end and don't play yet. */
export function recordingLight(session, beingFinished = []) {
  const { recording } = session;
  if (!recording) {
    const says = beingFinished.map((number) => `Recording ${number} is being finished: it can be played soon.`);
    return { state: "off", word: "Not recording", sign: "○", tone: "off", at: null, counts: false, says };
  }
  const light = { state: recording.status, at: recording.started_at ?? recording.requested_at, counts: true, says: [] };
  if (recording.status !== "recording") {
    return { ...light, word: "The recording begins …", sign: "◔", tone: "busy" };
  }
  const cut = isHosted(session) && isBusy(session) && session.operation.kind.endsWith("_streaming");
  const says = cut ? ["The channel is being started again or stopped: a gap in the recording."] : [];
  if (session.status === "idle") says.push("The session is off the air and records.");
  return { ...light, word: "REC", sign: "●", tone: "rec", says };
}

/** `actions`: the buttons below the light. `id` is that of its section. */
export function lightPanel(id, light, now, actions) {
  return html`<section class="panel light" id=${id} data-state=${light.state} aria-labelledby="${id}-word">
    <div class="lamp ${light.tone}">
      <h2 id="${id}-word"><span aria-hidden="true">${light.sign}</span> ${light.word}</h2>
      ${
        light.counts
          ? html`<p class="elapsed" id="${id}-elapsed">${clockTime(secondsBetween(light.at, now))}</p>`
          : nothing
      }
      ${light.at ? html`<p class="since">since ${when(light.at)}</p>` : nothing}
    </div>
    ${light.says.filter(Boolean).map((says) => html`<p class="says">${says}</p>`)}
    <div class="actions">${actions}</div>
  </section>`;
}

function notBroadcasting(session) {
  return session.destinations
    .filter((one) => one.status !== "broadcasting")
    .map((one) => `${platformTitle(one.platform)} ${NOT_BROADCASTING[one.status] ?? `is ${one.status}`}.`);
}

function beingMade(session) {
  if (session.operation.kind === "create") return ["It has no channel yet."];
  if (session.operation.kind !== "provision" || !isBusy(session)) return [];
  return [session.destinations.length > 1 ? "Its channels are being made …" : "Its channel is being made …"];
}
