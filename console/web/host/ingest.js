/**
 * Where the host's encoder pushes to. Whoever knows it can go on the air in the host's place: so neither the page nor
 * the network has it before it is asked for, and the page forgets it after a minute.
 */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { problemOf } from "../api.js";
import { keepFocus } from "../focus.js";
import { action, copyButton, problemNotice } from "../parts.js";

const SHOWN_FOR = 60_000; // milliseconds

export class Ingest {
  constructor(page, sessionId) {
    this._page = page;
    this._id = sessionId;
    this._endpoints = null;
    this._problem = null;
    this._asked = 0;
    this._until = 0;
    this._timer = undefined;
    this._reading = false;
  }

  template(session) {
    const shown = this._endpoints !== null;
    const why = shown ? null : this._why(session);
    return html`<section class="panel" aria-labelledby="ingest-title">
      <h2 id="ingest-title">The encoder's RTMP endpoint</h2>
      ${
        session.ingest_endpoints.length
          ? html`<p class="hint">At <code>${session.ingest_endpoints.map((one) => one.url).join(", ")}</code></p>`
          : nothing
      }
      ${problemNotice(this._problem, () => this._forget())} ${shown ? this._shown() : nothing}
      <div class="actions">
        ${action({
          id: "show-endpoint",
          label: shown ? "Hide" : "Show",
          run: () => (shown ? this.hide() : this._show()),
          why,
          busy: this._reading,
        })}
      </div>
      ${
        shown
          ? html`<p class="hint">Hidden again in ${Math.ceil((this._until - performance.now()) / 1000)} s.</p>`
          : nothing
      }
    </section>`;
  }

  /** Forget it, and an answer that is still to come. */
  hide() {
    const had = this._endpoints !== null;
    this._asked += 1;
    this._endpoints = null;
    clearTimeout(this._timer);
    this._page.draw();
    if (had) this._page.announce("RTMP endpoint hidden");
  }

  /** Hidden when there is no endpoint any more: told what is known of the session now. */
  follow(session) {
    if (this._endpoints && !session.ingest_endpoints.length) this.hide();
  }

  _why(session) {
    if (session.owner !== this._page.caller.name) {
      return `It is shown to the session's owner alone, ${session.owner}. Not to an operator either (NotYours).`;
    }
    if (session.ingest_endpoints.length) return null;
    return session.resources.some((one) => one.kind === "input" && one.state === "deleted")
      ? "It is gone with the session."
      : "There is none yet: it comes with the channel.";
  }

  _shown() {
    const announce = (text) => this._page.announce(text);
    const several = this._endpoints.length > 1;
    return html`${this._endpoints.map((one, index) => {
        const which = several ? ` ${index + 1}` : "";
        return html`<dl class="facts endpoint">
          <dt>Server${which}</dt>
          <dd><code id="endpoint-url-${index}">${one.url}</code> ${copyButton(`server${which}`, one.url, announce)}</dd>
          <dt>Stream key${which}</dt>
          <dd>
            <code id="endpoint-name-${index}">${one.stream_name}</code>
            ${copyButton(`stream key${which}`, one.stream_name, announce)}
          </dd>
        </dl>`;
      })}
      <p class="hint">Whoever knows these can go on the air in your place. Don't show them in a stream or a chat.</p>`;
  }

  async _show() {
    const asked = ++this._asked;
    this._reading = true;
    this._problem = null;
    this._page.draw();
    try {
      const answer = await this._page.api.ingestEndpoints(this._id);
      if (asked !== this._asked) return; // the view was left meanwhile
      this._endpoints = answer.ingest_endpoints;
      this._until = performance.now() + SHOWN_FOR;
      this._timer = setTimeout(() => this.hide(), SHOWN_FOR);
      this._page.announce("RTMP endpoint shown");
    } catch (error) {
      this._problem = problemOf(error);
    } finally {
      this._reading = false;
      this._page.draw();
    }
  }

  _forget() {
    this._problem = null;
    this._page.draw();
    keepFocus("#show-endpoint");
  }
}
