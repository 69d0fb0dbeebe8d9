/** How long the session lasts, and the limits that would end it: told early, with what to press beside it. */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { action, when } from "../parts.js";
import { dollars, duration, secondsBetween } from "../words.js";
import { Deeds } from "./deeds.js";
import { isOver } from "./moves.js";

const HOURS = [1, 2, 4];
const LONGEST = 7 * 24 * 3600; // seconds, the API's own limit
const TITLES = { lease: "The session's time", budget: "The budget", idle: "The input" };
const LEVELS = { near: "is near its limit", imminent: "is about to end the session", reached: "is at its limit" };

export class Lease {
  constructor(page) {
    this._page = page;
    this._deeds = new Deeds(page);
    this._told = "";
  }

  /** What is near its limit: above everything else. */
  warnings(session) {
    return session.warnings.map((warning) => {
      const severe = warning.level !== "near";
      const left = warning.at ? secondsBetween(warning.at, this._page.clock.now()) * -1 : 0;
      return html`<section
        class="notice ${severe ? "bad" : "warn"}"
        data-warning=${warning.kind}
        data-level=${warning.level}
        aria-label="Warning: ${titleOf(warning)}"
      >
        <p>
          <strong><span aria-hidden="true">▲</span> ${titleOf(warning)}.</strong> ${sentence(warning.message)}
        </p>
        ${
          warning.at
            ? html`<p>
                The session ends at
                ${when(warning.at)}${left > 0 ? html`, in <strong>${duration(left)}</strong>` : nothing}.
              </p>`
            : nothing
        }
        ${warning.kind === "lease" ? html`<div class="actions">${this._extend(session, 1, "warning")}</div>` : nothing}
      </section>`;
    });
  }

  template(session) {
    const { limits } = session;
    const left = -secondsBetween(session.lease_expires_at, this._page.clock.now());
    const over = isOver(session);
    return html`<section class="panel" aria-labelledby="lease-title">
      <h2 id="lease-title">Time and limits</h2>
      <dl class="facts">
        <dt>${over ? "Its limit was" : "Ends by itself at"}</dt>
        <dd id="lease-end">${when(session.lease_expires_at)}</dd>
        ${
          over
            ? nothing
            : html`<dt>Time left</dt>
                <dd id="lease-left">${left > 0 ? duration(left) : "none"}</dd>`
        }
        <dt>Longest time</dt>
        <dd>${duration(limits.max_continuous_duration)} from its creation</dd>
        <dt>Without input</dt>
        <dd>${limits.idle_timeout ? `ends after ${duration(limits.idle_timeout)}` : "goes on"}</dd>
        <dt>Budget</dt>
        <dd id="budget">${budget(session)}</dd>
      </dl>
      ${this._deeds.notice()}
      ${
        over
          ? nothing
          : html`<div class="extend" role="group" aria-label="Extend the session">
              <span aria-hidden="true">Extend by</span> ${HOURS.map((hours) => this._extend(session, hours))}
            </div>`
      }
    </section>`;
  }

  /** What to say of the warnings to those who can't see them; "" if it was said before. */
  news(session) {
    const known = session.warnings.map((warning) => `${warning.kind} ${warning.level}`).join();
    const isNew = known !== this._told;
    this._told = known;
    return isNew ? session.warnings.map((warning) => `Warning: ${sentence(warning.message)}`).join(" ") : "";
  }

  _longer(session, hours) {
    const longest = session.limits.max_continuous_duration + hours * 3600;
    return this._page.api.changeLimits(session.session_id, { max_continuous_duration: longest });
  }

  _extend(session, hours, where = "") {
    const name = `extend-${hours}h${where ? `-${where}` : ""}`;
    const words = hours === 1 ? "1 hour" : `${hours} hours`;
    return action({
      id: name,
      label: where ? `Extend by ${words}` : html`<span><span class="unseen">Extend by </span>${words}</span>`,
      kind: where ? "primary" : "",
      why: whyNotLonger(session, hours),
      busy: this._deeds.isBusy(name),
      run: () => this._deeds.run(name, `Extended by ${words}`, () => this._longer(session, hours), "#extend-1h"),
    });
  }
}

function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}

function whyNotLonger(session, hours) {
  if (isOver(session)) return "The session is over.";
  const total = session.limits.max_continuous_duration + hours * 3600;
  return total > LONGEST ? `No session lasts longer than ${duration(LONGEST)}.` : null;
}

function titleOf(warning) {
  const title = TITLES[warning.kind] ?? warning.kind;
  if (warning.kind === "idle") return `${title} is lost`;
  if (warning.kind === "budget" && warning.level === "reached") return `${title} is spent`;
  return `${title} ${LEVELS[warning.level] ?? warning.level}`;
}

function budget(session) {
  const { budget: limit } = session.limits;
  if (!limit) return "none";
  const then = limit.when_spent === "end" ? "ends the session when it is spent" : "warns when it is spent";
  return `${dollars(session.spent)} of ${dollars(limit.usd)} spent; ${then}`;
}
