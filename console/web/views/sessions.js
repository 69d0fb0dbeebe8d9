/** All sessions that the viewer may see, newest first, with filters. */

import { repeat } from "/lib/lit-html/directives/repeat.js";
import { html, nothing } from "/lib/lit-html/lit-html.js";
import { problemOf } from "../api.js";
import { badge, problemNotice, when } from "../parts.js";
import { clockTime, counted, plain, secondsBetween } from "../words.js";

const STATUSES = [
  "creating",
  "idle",
  "starting",
  "live",
  "stopping",
  "ending",
  "cleanup_incomplete",
  "failed",
  "ended",
];
/** Read at most: beyond that a filter helps more than a longer list. */
const MOST = 1000;

class Sessions {
  title = "Sessions";

  constructor(page) {
    this._page = page;
    this._filter = { status: "", text: "" };
    this._rows = new Map();
    this._complete = true;
    this._problem = null;
    this._read = false;
    this._closed = false;
    this._reading = false;
    this._again = false;
    this._asked = 0;
    /** What was read one by one while the list is read, which may be older; and the questions that were answered last. */
    this._newer = new Map();
    this._answered = new Map();
    this._readAll();
  }

  close() {
    this._closed = true;
  }

  changed(ids) {
    // A few are read one by one; a list that changed all over is read as a list.
    if (ids === null || ids.size > 10) this._readAll();
    else for (const id of ids) this._readOne(id);
  }

  template() {
    const shown = [...this._rows.values()].filter((session) => this._fits(session));
    return html`<div class="head">
        <h1 tabindex="-1">Sessions</h1>
        <a class="button primary" href="#/new">New session</a>
      </div>
      ${problemNotice(this._problem)}
      <form class="filters" role="search" @submit=${(event) => event.preventDefault()}>
        <p>
          <label for="status">Status</label>
          <select id="status" @change=${(event) => this._narrow({ status: event.target.value })}>
            <option value="">All</option>
            ${STATUSES.map((status) => html`<option value=${status}>${plain(status)}</option>`)}
          </select>
        </p>
        <p>
          <label for="text">Name, owner or id</label>
          <input id="text" type="search" @input=${(event) => this._narrow({ text: event.target.value })} />
        </p>
        <p class="count" aria-live="polite">
          ${this._read ? counted(shown.length, "session") : "Reading …"}${this._read && !this._complete ? `, of the newest ${MOST}` : ""}
        </p>
      </form>
      ${shown.length ? this._table(shown) : this._read ? this._empty() : nothing}`;
  }

  _table(shown) {
    return html`<div class="scrolls panel" tabindex="0" role="region" aria-label="Sessions">
      <table class="sessions">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Status</th>
            <th scope="col" class="number">On the air</th>
            <th scope="col">Source</th>
            ${this._page.caller.operator ? html`<th scope="col">Owner</th>` : nothing}
            <th scope="col">Created</th>
            <th scope="col">Id</th>
          </tr>
        </thead>
        <tbody>
          ${repeat(
            shown,
            (session) => session.session_id,
            (session) => this._row(session),
          )}
        </tbody>
      </table>
    </div>`;
  }

  _row(session) {
    const since = session.status === "live" ? session.timeline.at(-1)?.at : null;
    return html`<tr>
      <th scope="row"><a href="#/sessions/${session.session_id}">${session.name}</a></th>
      <td>
        ${badge(session.status)}
        ${session.error ? html`<code title=${session.error.cause}>${session.error.name}</code>` : nothing}
      </td>
      <td class="number">${since ? clockTime(secondsBetween(since, this._page.clock.now())) : "–"}</td>
      <td>${session.source.type === "flow" ? "flow" : "host"}</td>
      ${this._page.caller.operator ? html`<td>${session.owner}</td>` : nothing}
      <td>${when(session.created_at)}</td>
      <td><code>${session.session_id}</code></td>
    </tr>`;
  }

  _empty() {
    return this._rows.size
      ? html`<p class="panel">No session fits the filter.</p>`
      : html`<p class="panel">There is no session yet. <a href="#/new">Make the first one</a>.</p>`;
  }

  _fits(session) {
    const { status, text } = this._filter;
    const words = `${session.name} ${session.owner} ${session.session_id}`.toLowerCase();
    return (!status || session.status === status) && words.includes(text.toLowerCase().trim());
  }

  _narrow(filter) {
    this._filter = { ...this._filter, ...filter };
    this._page.draw();
  }

  /** One reading at a time, each to its end: while much changes, a list that begins anew each second is never read. */
  async _readAll() {
    this._again = this._reading;
    if (this._reading) return;
    this._reading = true;
    try {
      do {
        this._again = false;
        await this._readPages();
      } while (this._again && !this._closed);
    } catch (error) {
      this._problem = problemOf(error);
      this._page.draw();
    } finally {
      this._reading = false;
      this._newer.clear();
    }
  }

  async _readPages() {
    const rows = new Map();
    let cursor = null;
    do {
      const answer = await this._page.api.sessions(cursor);
      if (this._closed) return;
      for (const session of answer.sessions) rows.set(session.session_id, session);
      cursor = answer.next_cursor;
      if (!this._read) this._show(rows, cursor); // the first page is there before the last one
    } while (cursor && rows.size < MOST);
    this._read = true;
    this._show(rows, cursor);
    this._newer.clear();
  }

  _show(rows, cursor) {
    this._rows = sorted(new Map([...rows, ...this._newer]));
    this._complete = !cursor;
    this._problem = null;
    this._page.draw();
  }

  async _readOne(id) {
    const asked = ++this._asked;
    try {
      const session = await this._page.api.session(id);
      if (asked < (this._answered.get(id) ?? 0)) return; // a later question was answered sooner
      this._answered.set(id, asked);
      if (this._reading) this._newer.set(id, session);
      const known = this._rows.has(id);
      this._rows.set(id, session);
      if (!known) this._rows = sorted(this._rows);
      this._page.draw();
    } catch {
      // The next change, or the next reading of the whole list, tells.
    }
  }
}

function sorted(rows) {
  return new Map([...rows].sort(([, one], [, other]) => newestFirst(one, other)));
}

function newestFirst(one, other) {
  return other.created_at < one.created_at ? -1 : 1;
}

export function open(page) {
  return new Sessions(page);
}
