/** What the region and the flows allow, how much of it is taken, and by whom. */

import { html } from "/lib/lit-html/lit-html.js";
import { problemOf } from "../api.js";
import { problemNotice } from "../parts.js";
import { counted } from "../words.js";

class Quotas {
  title = "Quotas";

  constructor(page) {
    this._page = page;
    this._quotas = null;
    this._problem = null;
    this._read();
  }

  template() {
    return html`<div class="head">
        <h1 tabindex="-1">Quotas in use</h1>
        <button class="small" @click=${() => this._read()}>Read again</button>
      </div>
      ${problemNotice(this._problem)}
      ${
        this._quotas
          ? html`<div class="panels">${this._quotas.map(panel)}</div>`
          : html`<p class="waiting">Asking the services …</p>`
      }`;
  }

  async _read() {
    try {
      this._quotas = (await this._page.api.quotas()).quotas;
      this._problem = null;
    } catch (error) {
      this._problem = problemOf(error);
    }
    this._page.draw();
  }
}

function panel(quota) {
  const left = Math.max(0, quota.limit - quota.used);
  return html`<section class="panel quota" data-quota=${quota.name}>
    <h2>${quota.title}</h2>
    ${quota.flow_arn ? html`<p><code>${quota.flow_arn}</code></p>` : ""}
    <p>
      <meter
        min="0"
        max=${quota.limit}
        high=${Math.max(0, quota.limit - 1)}
        optimum="0"
        value=${quota.used}
        aria-label="${quota.used} of ${quota.limit} taken"
      ></meter>
      <strong>${quota.used} of ${quota.limit}</strong> taken, ${left} left
    </p>
    ${
      quota.by.length
        ? html`<ul>
            ${quota.by.map((one) => html`<li>${counted(one.count, "place")} ${whose(one)}</li>`)}
          </ul>`
        : html`<p class="hint">Nobody takes any.</p>`
    }
  </section>`;
}

function whose({ session_id: session, resource_ids: ids }) {
  if (session) return html`by <a href="#/sessions/${session}">${session}</a>`;
  return html`not OnAir's: <code>${ids.join(", ")}</code>`;
}

export function open(page) {
  return new Quotas(page);
}
