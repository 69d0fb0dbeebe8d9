/** What no living session owns, with the reason of each, and sweeps: a dry run first, the real thing when asked. */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { problemOf } from "../api.js";
import { ask, badge, problemNotice, when } from "../parts.js";
import { counted, plain } from "../words.js";

/** What each verdict means, for somebody who reads it for the first time. */
const VERDICTS = {
  ours: ["busy", "◔", "goes by itself"],
  duplicate: ["warn", "↻", "goes with its session's end"],
  unowned: ["bad", "▲", "tagged as ours, of no session we know: waits for a person"],
  foreign: ["idle", "○", "not OnAir's, and nobody uses it: waits for a person"],
};
const LOOK_AGAIN = 1_500; // milliseconds between two looks at a sweep that goes on

class Orphans {
  title = "Orphans";

  constructor(page) {
    this._page = page;
    this._orphans = null;
    this._sweep = null;
    this._problem = null;
    this._named = new Set();
    this._closed = false;
    this._asking = false;
    this._read();
  }

  close() {
    this._closed = true;
  }

  template() {
    const busy = this._asking;
    const named = this._named.size;
    return html`<h1 tabindex="-1">Orphans</h1>
      <p class="hint">
        What the last sweep saw that no living session owns. A sweep runs every five minutes by itself and deletes what
        is ours and over; what is not, only if somebody names it.
      </p>
      ${problemNotice(this._problem, () => this._settle(null))}
      <div class="actions">
        <button class="primary" aria-disabled=${busy} @click=${() => !busy && this._begin(true)}>Dry run</button>
        <button class="danger" aria-disabled=${busy} @click=${() => !busy && this._beginForGood()}>
          Sweep now${named ? `, and delete ${counted(named, "named one")}` : ""}
        </button>
      </div>
      ${this._sweep ? report(this._sweep) : nothing}
      ${this._orphans ? this._list() : html`<p class="waiting">Reading …</p>`}`;
  }

  _list() {
    if (!this._orphans.length) return html`<p class="panel">Nothing is left behind.</p>`;
    return html`<div class="scrolls panel" tabindex="0" role="region" aria-label="Orphans">
      <table>
        <thead>
          <tr>
            <th scope="col">Name it</th>
            <th scope="col">What</th>
            <th scope="col">Verdict</th>
            <th scope="col">Why</th>
            <th scope="col">Session</th>
            <th scope="col">First seen</th>
            <th scope="col">Goes at</th>
          </tr>
        </thead>
        <tbody>
          ${this._orphans.map((orphan) => this._row(orphan))}
        </tbody>
      </table>
    </div>`;
  }

  _row(orphan) {
    const key = `${orphan.kind}#${orphan.id}`;
    const [tone, sign, meaning] = VERDICTS[orphan.verdict] ?? ["idle", "·", ""];
    const byName = orphan.verdict === "unowned" || orphan.verdict === "foreign";
    return html`<tr data-orphan=${orphan.id}>
      <td>
        ${
          byName
            ? html`<input
                type="checkbox"
                aria-label="Delete ${plain(orphan.kind)} ${orphan.id} with the next sweep"
                .checked=${this._named.has(key)}
                @change=${(event) => this._name(key, event.target.checked)}
              />`
            : nothing
        }
      </td>
      <th scope="row">${plain(orphan.kind)} <code>${orphan.id}</code><br />${orphan.name} ${orphan.state}</th>
      <td>
        <span class="badge ${tone}" title=${meaning}><span aria-hidden="true">${sign}</span> ${orphan.verdict}</span>
        <p class="hint">${meaning}</p>
      </td>
      <td>${orphan.reason}</td>
      <td>${orphan.session_id ? html`<a href="#/sessions/${orphan.session_id}">${orphan.session_id}</a>` : "–"}</td>
      <td>${when(orphan.first_seen_at)}</td>
      <td>${orphan.due_at ? when(orphan.due_at) : "–"}</td>
    </tr>`;
  }

  _name(key, wanted) {
    if (wanted) this._named.add(key);
    else this._named.delete(key);
    this._page.draw();
  }

  async _beginForGood() {
    const named = [...this._named];
    const answer = await ask({
      title: "Sweep now?",
      text: named.length
        ? `It goes on with what broke off, deletes what is ours and over, and deletes: ${named.join(", ")}. That can't be undone.`
        : "It goes on with what broke off, and deletes what is ours and whose session is over.",
      choices: [{ value: "yes", label: "Sweep now", kind: "danger" }],
    });
    if (answer) await this._begin(false);
  }

  async _begin(dryRun) {
    if (this._asking) return;
    this._asking = true;
    this._page.draw();
    try {
      this._settle(null, await this._page.api.startSweep({ dry_run: dryRun, ids: [...this._named] }));
      if (!dryRun) this._named.clear();
      while (this._sweep.status === "running" && !this._closed) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
        this._settle(null, await this._page.api.sweep(this._sweep.sweep_id));
      }
      if (this._closed) return;
      this._page.announce(`The sweep is ${this._sweep.status}`);
      await this._read();
    } catch (error) {
      this._settle(problemOf(error));
    } finally {
      this._asking = false;
      this._page.draw();
    }
  }

  async _read() {
    try {
      this._orphans = (await this._page.api.orphans()).orphans;
      this._settle(null);
    } catch (error) {
      this._settle(problemOf(error));
    }
  }

  _settle(problem, sweep = this._sweep) {
    this._problem = problem;
    this._sweep = sweep;
    this._page.draw();
  }
}

function report(sweep) {
  const found = Object.entries(sweep.found).map(([verdict, count]) => `${count} ${verdict}`);
  return html`<section class="panel" id="sweep" aria-labelledby="sweep-title">
    <h2 id="sweep-title">${sweep.dry_run ? "Dry run" : "Sweep"} ${badge(sweep.status)}</h2>
    <p>
      <code>${sweep.sweep_id}</code>, begun
      ${when(sweep.started_at)}${found.length ? `; found ${found.join(", ")}` : ""}.
    </p>
    ${sweep.error ? html`<p><strong>A step did not come off:</strong> ${sweep.error}</p>` : nothing}
    ${sweep.held_back ? html`<p><strong>Nothing was deleted:</strong> ${sweep.held_back}</p>` : nothing}
    ${lines(
      sweep.dry_run ? "Would be deleted" : "Chosen to go",
      sweep.chosen.map((one) => `${plain(one.kind)} ${one.id}: ${one.reason}`),
    )}
    ${lines(
      "What became of them",
      sweep.deleted.map((one) => `${plain(one.kind)} ${one.id}: ${one.outcome}, ${one.reason}`),
    )}
    ${lines(
      sweep.dry_run ? "Sessions that would be gone on with" : "Sessions that were gone on with",
      sweep.sessions.map((one) => `${one.session_id}: ${plain(one.action)}, ${one.reason}`),
    )}
    ${lines("Named and not found", sweep.not_found)}
    ${lines(
      "Could not be looked at",
      sweep.not_seen.map((one) => `${plain(one.kind)} ${one.place}: ${one.reason}`),
    )}
    ${
      sweep.status === "done" && !sweep.chosen.length && !sweep.sessions.length
        ? html`<p>Everything is as it should be.</p>`
        : nothing
    }
  </section>`;
}

function lines(title, texts) {
  if (!texts.length) return nothing;
  return html`<h3>${title}</h3>
    <ul>
      ${texts.map((text) => html`<li>${text}</li>`)}
    </ul>`;
}

export function open(page) {
  return new Orphans(page);
}
