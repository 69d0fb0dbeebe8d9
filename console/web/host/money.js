/** What the session has cost so far, and what an hour of it costs. */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { problemNotice } from "../parts.js";
import { dollars } from "../words.js";
import { Reading } from "./reading.js";

const EVERY = 20_000; // milliseconds: money moves slowly, and each reading works the whole bill out

const ACTIVITIES = [
  ["idle", "off the air"],
  ["recording", "recording, off the air"],
  ["streaming", "on the air"],
  ["both", "on the air and recording"],
];

export class Money {
  constructor(page, sessionId) {
    this._cost = new Reading(
      () => page.api.cost(sessionId),
      () => page.draw(),
    );
    this._timer = setInterval(() => {
      if (!document.hidden && !this._cost.value?.final) this.read();
    }, EVERY);
    this.read();
  }

  read() {
    this._cost.read();
  }

  close() {
    clearInterval(this._timer);
  }

  template(session) {
    const cost = this._cost.value;
    return html`<section class="panel" aria-labelledby="cost-title">
      <h2 id="cost-title">Cost</h2>
      ${problemNotice(this._cost.problem)}
      ${cost ? figures(cost, session) : this._cost.problem ? nothing : html`<p class="hint">Reading …</p>`}
    </section>`;
  }
}

function figures(cost, session) {
  const activity = doing(session);
  const { per_hour: perHour } = cost;
  const now = session.operation.kind === "create" ? 0 : perHour[activity]; // nothing is made: nothing costs
  return html`<dl class="facts">
      <dt>${cost.final ? "In all" : "So far"}</dt>
      <dd><strong id="cost-total">${dollars(cost.total)}</strong></dd>
      ${
        activity
          ? html`<dt>An hour as it is now</dt>
              <dd id="cost-now">${dollars(now)}</dd>`
          : nothing
      }
      ${ACTIVITIES.filter(([name]) => perHour[name] !== undefined && activity).map(
        ([name, words]) =>
          html`<dt>An hour ${words}</dt>
            <dd>${dollars(perHour[name])}</dd>`,
      )}
      ${
        Number(cost.per_month)
          ? html`<dt>A month of keeping its recordings</dt>
              <dd>${dollars(cost.per_month)}</dd>`
          : nothing
      }
    </dl>
    ${cost.notes.map((note) => html`<p class="hint">${note}</p>`)}`;
}

/** What the session does now, by the API's names; null once it is over. */
function doing(session) {
  if (["ended", "failed"].includes(session.status)) return null;
  const streams = session.status === "live";
  const records = session.recording?.status === "recording";
  if (streams) return records ? "both" : "streaming";
  return records ? "recording" : "idle";
}
