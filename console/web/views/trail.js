/** What happened to a session, newest first: who asked for what, what followed, and why. */

import { repeat } from "/lib/lit-html/directives/repeat.js";
import { html, nothing } from "/lib/lit-html/lit-html.js";
import { problemOf } from "../api.js";
import { problemNotice, when } from "../parts.js";
import { counted, dollars, duration, plain } from "../words.js";

class Trail {
  title = "Audit trail";

  constructor(page, sessionId) {
    this._page = page;
    this._id = sessionId;
    this._closed = false;
    this._events = new Map();
    this._last = undefined; // the cursor that leads to the last page, which is all that can grow
    this._problem = null;
    this._read = false;
    this._reading = false;
    this._again = false;
    this._more();
  }

  changed(ids) {
    if (ids === null || ids.has(this._id)) this._more();
  }

  close() {
    this._closed = true;
  }

  template() {
    const events = [...this._events.values()].reverse();
    return html`<h2>What happened</h2>
      ${problemNotice(this._problem)}
      <p class="hint">
        ${this._read ? counted(events.length, "event") : "Reading …"}, newest first. Resources and statuses are told by
        the table's own stream, so that nothing is left out.
      </p>
      <ol class="trail panel" reversed>
        ${repeat(
          events,
          (event) => event.event_id,
          (event) => line(event),
        )}
      </ol>`;
  }

  async _more() {
    if (this._reading) {
      this._again = true;
      return;
    }
    this._reading = true;
    try {
      do {
        this._again = false;
        let cursor = this._last;
        do {
          this._last = cursor;
          const answer = await this._page.api.events(this._id, cursor);
          if (this._closed) return;
          for (const event of answer.events) this._events.set(event.event_id, event);
          cursor = answer.next_cursor;
          this._page.draw();
        } while (cursor);
      } while (this._again);
      this._read = true;
      this._problem = null;
    } catch (error) {
      this._problem = problemOf(error);
    } finally {
      this._reading = false;
      this._page.draw();
    }
  }
}

function line(event) {
  const { name, cause } = event.error ?? {};
  const by = event.requested_by ?? event.operation?.requested_by;
  return html`<li data-kind=${event.kind}>
    <span class="at">${when(event.at)}</span>
    <span>
      ${sentence(event)} ${by ? html`<span class="hint">asked for by ${by}</span>` : nothing}
      ${name ? html`<br /><code>${name}</code> ${cause}` : nothing}
    </span>
  </li>`;
}

/** What an event says. Kinds that this page does not know yet are told by their name. */
function sentence(event) {
  const { kind, status, previous_status: previous, operation, recording_id: recording } = event;
  const from = previous ? ` (it was ${plain(previous)})` : "";
  const words = {
    "session.created": () => "The session was created",
    "session.status_changed": () => `The session is ${plain(status)}${from}`,
    "session.ended": () => `The session ended${event.reason ? `: ${plain(event.reason)}` : ""}`,
    "session.desired_status_changed": () => `It is to be ${plain(status)}`,
    "session.limits_changed": () => `Its limits were changed${limits(event.limits)}`,
    "session.warned": () => `Warning: ${event.warning.message}`,
    "operation.begun": () => `${plain(operation.kind)} began (operation ${operation.number})`,
    "operation.finished": () => `${plain(operation.kind)} is done (operation ${operation.number})`,
    "operation.superseded": () => `${plain(operation.kind)} was overtaken by a newer operation`,
    "destination.status_changed": () => `${event.destination_id} is ${plain(status)}${from}`,
    "channel.running": () => `The channel of ${event.destination_id} runs`,
    "channel.stopped": () => `The channel of ${event.destination_id} stopped`,
    "recording.opened": () => `Recording ${recording} was asked for`,
    "recording.status_changed": () => `Recording ${recording} is ${plain(status)}`,
    "recording.ready": () => `Recording ${recording} is ready${length(event.recording)}`,
    "recording.failed": () => `Recording ${recording} failed`,
    "resource.created": () => `${resource(event)} was made`,
    "resource.deleted": () => `${resource(event)} was deleted`,
    "row.unreadable": () => "Something changed that could not be read",
  };
  const said = words[kind]?.() ?? plain(kind).replaceAll(".", ": ");
  return said.charAt(0).toUpperCase() + said.slice(1);
}

function resource(event) {
  const { kind, id, name } = event.resource ?? {};
  return `${plain(kind)} ${id ?? name ?? ""}`;
}

function length(recording) {
  return recording?.duration ? `, ${duration(recording.duration)}` : "";
}

function limits(told) {
  if (!told) return "";
  const parts = [
    told.max_continuous_duration && `${duration(told.max_continuous_duration)} at most`,
    told.idle_timeout && `${duration(told.idle_timeout)} without input`,
    told.budget && `${dollars(told.budget.usd)}, then ${told.budget.when_spent}`,
  ].filter(Boolean);
  return parts.length ? `: ${parts.join(", ")}` : "";
}

export function open(page, parameters) {
  return new Trail(page, parameters.id);
}
