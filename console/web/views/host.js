/**
 * A host's control panel: one session, for somebody who goes on the air in five minutes. Two lights say how it is, the
 * buttons below them change it, and what else matters follows in the order in which it is asked for.
 */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { Deeds } from "../host/deeds.js";
import { destinationsPanel } from "../host/destinations.js";
import { Ingest } from "../host/ingest.js";
import { Lease } from "../host/lease.js";
import { airLight, lightPanel, recordingLight } from "../host/lights.js";
import { Money } from "../host/money.js";
import { cutsRecording, isHosted, isOver, MOVES, whyNot } from "../host/moves.js";
import { askOnRecording, askToEnd } from "../host/questions.js";
import { RecordingList } from "../host/recording-list.js";
import { action, problemNotice } from "../parts.js";

class Host {
  constructor(page, sessionId) {
    this._page = page;
    this._id = sessionId;
    this._deeds = new Deeds(page);
    this._ingest = new Ingest(page, sessionId);
    this._lease = new Lease(page);
    this._money = new Money(page, sessionId);
    this._recordings = new RecordingList(page, sessionId);
    this._followed = -1;
    this._told = "";
  }

  get title() {
    const { session } = this._page.watch ?? {};
    if (!session) return "Session";
    return session.status === "live" ? `ON AIR: ${session.name}` : session.name;
  }

  changed(ids) {
    if (ids !== null && !ids.has(this._id)) return;
    this._recordings.read();
    this._money.read();
  }

  close() {
    this._ingest.hide();
    this._money.close();
    this._recordings.close();
  }

  template() {
    const { session, version } = this._page.watch;
    if (!session) return nothing;
    if (this._followed !== version) this._follow(session, version);
    const now = this._page.clock.now();
    return html`${this._lease.warnings(session)} ${this._deeds.notice()} ${problemNotice(session.error)}
      <div class="lights">
        ${lightPanel("air-light", airLight(session), now, this._streaming(session))}
        ${lightPanel("recording-light", recordingLight(session, this._recordings.beingFinished), now, this._recording(session))}
      </div>
      <div class="panels">
        <div class="stack">
          ${isHosted(session) && !isOver(session) ? this._ingest.template(session) : nothing}
          ${destinationsPanel(session, (text) => this._page.announce(text))}
        </div>
        <div class="stack">${this._lease.template(session)} ${this._money.template(session)}</div>
      </div>
      ${this._recordings.template(session)}
      <section class="panel" aria-labelledby="end-title">
        <h2 id="end-title">The end of the session</h2>
        <p class="hint">
          Going off the air keeps the channel for the next show. Ending the session removes all that was made for it.
        </p>
        <div class="actions">${this._button(session, "end")}</div>
      </section>`;
  }

  _streaming(session) {
    const makes = session.allowed.includes("medialive") || this._deeds.isBusy("medialive");
    return html`${makes ? this._button(session, "medialive") : nothing} ${this._button(session, "streaming/start")}
    ${this._button(session, "streaming/stop")}`;
  }

  _recording(session) {
    return html`${this._button(session, "recording/start")} ${this._button(session, "recording/stop")}`;
  }

  _button(session, name) {
    const { id, label, kind } = MOVES[name];
    return action({
      id,
      label,
      kind,
      why: whyNot(session, name),
      busy: this._deeds.isBusy(name),
      run: () => this._press(name),
    });
  }

  async _press(name) {
    const { session } = this._page.watch;
    const move = MOVES[name];
    let onRecording;
    if (name === "end" && !(await askToEnd(session))) return;
    if (cutsRecording(session, name)) {
      onRecording = await askOnRecording(session, name);
      if (!onRecording) return;
    }
    await this._deeds.run(name, move.told, () => move.call(this._page.api, this._id, onRecording), move.then);
  }

  /** Something else is known of the session: say it to those who can't see the lights. */
  _follow(session, version) {
    this._followed = version;
    this._ingest.follow(session);
    const warnings = this._lease.news(session);
    const words = `${airLight(session).word}, ${recordingLight(session).word.replace("REC", "recording")}.`;
    const news = `${this._told && words !== this._told ? words : ""} ${warnings}`.trim();
    if (news) this._page.announce(news);
    this._told = words;
  }
}

export function open(page, parameters) {
  return new Host(page, parameters.id);
}
