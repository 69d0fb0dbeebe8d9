/** The session's recordings, newest first: how each is, and, once it is ready, to play and to download. */

import { repeat } from "/lib/lit-html/directives/repeat.js";
import { html, nothing } from "/lib/lit-html/lit-html.js";
import { action, badge, problemNotice, when } from "../parts.js";
import { Player } from "../player.js";
import { Segments } from "../recordings.js";
import { bytes, clockTime, counted, duration, secondsBetween } from "../words.js";
import { Download } from "./recording-download.js";
import { Reading } from "./reading.js";

export class RecordingList {
  constructor(page, sessionId) {
    this._page = page;
    this._id = sessionId;
    this._list = new Reading(
      () => page.api.recordings(sessionId),
      () => page.draw(),
    );
    this._played = null; // {recordingId, player}
    this._downloads = new Map();
    this.read();
  }

  read() {
    this._list.read();
  }

  close() {
    this._played?.player.close();
    for (const download of this._downloads.values()) download.cancel();
  }

  /** The numbers of those that have their end and can't be played yet. */
  get beingFinished() {
    const recordings = this._list.value?.recordings ?? [];
    return recordings.filter((one) => ["stopping", "processing"].includes(one.status)).map(numberOf);
  }

  template(session) {
    const recordings = this._list.value?.recordings.toReversed();
    return html`<section class="panel" aria-labelledby="recordings-title">
      <h2 id="recordings-title">Recordings</h2>
      ${problemNotice(this._list.problem)}
      ${
        recordings?.length
          ? html`<ul class="rows" id="recordings">
              ${repeat(
                recordings,
                (one) => one.recording_id,
                (one) => this._row(session, one),
              )}
            </ul>`
          : html`<p class="hint">${recordings ? "There is none yet." : this._list.problem ? "" : "Reading …"}</p>`
      }
    </section>`;
  }

  _row(session, one) {
    const { recording_id: id } = one;
    const number = numberOf(one);
    const played = this._played?.recordingId === id ? this._played.player : null;
    const download = this._downloads.get(id);
    return html`<li data-recording=${id} data-status=${one.status}>
      <p class="row-head"><strong>Recording ${number}</strong> <code>${id}</code> ${badge(one.status)}</p>
      <dl class="facts figures">
        <dt>Began</dt>
        <dd>${when(one.started_at)}</dd>
        <dt>Length</dt>
        <dd>${this._length(one)}</dd>
        <dt>Size</dt>
        <dd>${one.size === null ? "–" : bytes(one.size)}</dd>
        <dt>Gaps</dt>
        <dd>${gaps(one)}</dd>
      </dl>
      ${problemNotice(one.error)}
      ${
        one.status === "ready"
          ? html`<div class="actions">
              ${action({
                id: `play-${id}`,
                label: played
                  ? html`<span>Close the player<span class="unseen"> of recording ${number}</span></span>`
                  : html`<span>Play<span class="unseen"> recording ${number}</span></span>`,
                busy: played?.loading ?? false,
                run: () => (played ? this._stop() : this._play(one, number)),
              })}
              ${action({
                id: `download-${id}`,
                label: html`<span>Download<span class="unseen"> recording ${number}</span></span>`,
                why: download?.isRunning ? "It is being downloaded." : null,
                run: () => this._download(session, one, number),
              })}
            </div>`
          : nothing
      }
      ${download?.template() ?? nothing}
      ${
        played
          ? html`${problemNotice(played.problem)}
              <div class="player">${played.video}</div>`
          : nothing
      }
    </li>`;
  }

  _length(one) {
    if (one.duration !== null) return duration(one.duration);
    if (!one.started_at) return "–";
    return clockTime(secondsBetween(one.started_at, one.ended_at ?? this._page.clock.now()));
  }

  _play(one, number) {
    this._stop();
    const player = new Player(this._segments(one), `Recording ${number}`, () => this._page.draw());
    this._played = { recordingId: one.recording_id, player };
    this._page.draw();
  }

  _stop() {
    this._played?.player.close();
    this._played = null;
    this._page.draw();
  }

  _download(session, one, number) {
    const name = `${fileName(session.name)}-${one.recording_id}.ts`;
    const download = new Download(this._page, this._segments(one), name, one, `recording ${number}`);
    this._downloads.set(one.recording_id, download);
    download.start();
  }

  _segments(one) {
    return new Segments(this._page.api, this._page.clock, this._id, one.recording_id);
  }
}

/** r012 is the session's twelfth. */
function numberOf(one) {
  return Number(one.recording_id.slice(1));
}

/** "2 gaps, 14 s in all". */
function gaps(one) {
  if (!one.gaps.length) return "none";
  const all = one.gaps.reduce((sum, gap) => sum + secondsBetween(gap.starts_at, gap.ends_at), 0);
  const missing = one.missing_segments ? `; ${counted(one.missing_segments, "segment")} missing` : "";
  return `${counted(one.gaps.length, "gap")}, ${duration(all)}${one.gaps.length > 1 ? " in all" : ""}${missing}`;
}

/** A session's name as a part of a file's: letters and digits of any script, and hyphens. */
function fileName(name) {
  return (
    name
      .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
      .replaceAll(/^-|-$/g, "")
      .slice(0, 60) || "recording"
  );
}
