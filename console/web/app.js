/**
 * The page: signs in, learns of changes, and shows the view that the address names (`#/sessions/…`).
 *
 * A view is an object with `title`, `template()`, and, as it needs them, `heading` (what to focus, a selector), `changed(ids)`
 * (told by the feed) and `close()`.
 * It calls `page.draw()` when it has something new to show. Drawing is cheap: only what differs is touched.
 */

import { html, nothing, render } from "/lib/lit-html/lit-html.js";
import { Api, problemOf } from "./api.js";
import { Clock, Feed } from "./feed.js";
import { badge, closeQuestions, problemNotice } from "./parts.js";
import * as signIn from "./sign-in.js";
import { SessionWatch } from "./session-watch.js";
import { turnZone, zone } from "./words.js";

/**
 * Views are loaded when they are first looked at: a host's phone has no need of the graph's layout.
 *
 * @type {[RegExp, () => Promise<{open: (page: Page, parameters: Record<string, string>) => any}>][]}
 */
const VIEWS = [
  [/^\/?$/, () => import("./views/sessions.js")],
  [/^\/new$/, () => import("./views/create.js")],
  [/^\/sessions\/(?<id>s-[0-9a-z]+)$/, () => import("./views/host.js")],
  [/^\/sessions\/(?<id>s-[0-9a-z]+)\/resources$/, () => import("./views/resources.js")],
  [/^\/sessions\/(?<id>s-[0-9a-z]+)\/executions(\/(?<execution>[\w-]+))?$/, () => import("./views/executions.js")],
  [/^\/sessions\/(?<id>s-[0-9a-z]+)\/trail$/, () => import("./views/trail.js")],
  [/^\/orphans$/, () => import("./views/orphans.js")],
  [/^\/quotas$/, () => import("./views/quotas.js")],
];
const TABS = [
  ["", "Control"],
  ["/resources", "Resources"],
  ["/executions", "Executions"],
  ["/trail", "Audit trail"],
];
const TICK = 1_000; // milliseconds between two drawings of elapsed times

class Page {
  constructor(config) {
    this.config = config;
    this.clock = new Clock();
    this.api = this._newApi();
    this.feed = null;
    this.caller = null;
    this.problem = null;
    this.view = null;
    /** The session that the address names, as a SessionWatch, or null. */
    this.watch = null;
    this.path = "";
    this._drawing = false;
    this._moves = 0;
    this._failure = null;
    this._arrived = null;
    this._place = document.getElementById("app");
    this._place.replaceChildren(); // "is loading"
  }

  async start() {
    try {
      await signIn.comeBack(this.config.sign_in);
    } catch (error) {
      this.problem = { title: "Signing in failed", detail: error.message, remedy: "Try again." };
    }
    window.addEventListener("hashchange", () => this._arrive());
    setInterval(() => this.draw(), TICK);
    await this._enter();
  }

  /** Show what is new, at the next moment that the screen can. */
  draw() {
    if (this._drawing) return;
    this._drawing = true;
    requestAnimationFrame(() => {
      this._drawing = false;
      this._draw();
    });
  }

  go(path) {
    location.hash = `#${path}`;
  }

  /** Tell those who can't see it. */
  announce(text) {
    document.getElementById("told").textContent = text;
  }

  signedOut(problem = null) {
    signIn.signOut();
    this._forget();
    this.problem = problem;
    this.draw();
  }

  _signOut() {
    history.replaceState(null, "", `${location.pathname}#/`); // whoever comes next is not sent to what was looked at
    this.signedOut();
  }

  /** Whoever was here is gone, and whatever they saw or asked for with them. */
  _forget() {
    this.feed?.stop();
    this.feed = this.caller = this._arrived = null;
    this.api = this._newApi();
    this._leave();
    this.announce("");
  }

  /** One for each who signs in: an answer that is late does not sign out whoever is here by then. */
  _newApi() {
    const api = new Api(
      () => signIn.token(),
      (problem) => api === this.api && this.signedOut(problem),
    );
    return api;
  }

  async _enter() {
    this._forget();
    if (signIn.token() === null) {
      this.draw();
      return;
    }
    const { api } = this;
    try {
      const caller = await api.caller();
      if (api !== this.api) return; // somebody else has come meanwhile
      this.caller = caller;
      this.problem = null;
    } catch (error) {
      if (api !== this.api) return;
      this.problem = problemOf(error);
      this.draw();
      return;
    }
    this.feed = new Feed(
      this.api,
      this.clock,
      (ids) => this._changed(ids),
      () => this.draw(),
    );
    this.feed.start(); // its cursor is older than whatever the view reads: nothing is missed in between
    await this._arrive();
  }

  async _arrive() {
    if (location.hash.startsWith("#token=")) {
      signIn.keepFromAddress(signIn.takeTokenFromAddress(), this.config.sign_in);
      await this._enter();
      return;
    }
    if (!this.caller) {
      this.draw();
      return;
    }
    const path = location.hash.slice(1) || "/";
    const [pattern, load] = VIEWS.find(([each]) => each.test(path)) ?? VIEWS[0];
    const parameters = pattern.exec(path)?.groups ?? {};
    this._leave(parameters.id);
    const move = this._moves;
    this.path = path;
    if (parameters.id && !this.watch) {
      this.watch = new SessionWatch(this.api, parameters.id, () => this.draw());
      this.watch.read();
    }
    try {
      const { open } = await load();
      if (move !== this._moves) return; // somebody has gone on meanwhile, if only to come back here
      this.problem = null;
      this.view = open(this, parameters);
    } catch (error) {
      if (move !== this._moves) return;
      this.problem = {
        title: "This part of the page could not be loaded",
        detail: error.message,
        remedy: "Reload the page.",
      };
    }
    this.draw();
    this._arrived = { heading: this.view?.heading ?? "main h1", from: document.activeElement };
  }

  /** Leave the view, and the session unless the next one is of the same. */
  _leave(id = null) {
    this._moves += 1;
    closeQuestions();
    this.view?.close?.();
    this.view = null;
    if (this.watch?.id !== id) this.watch = null;
  }

  _changed(ids) {
    this.watch?.changed(ids);
    this.view?.changed?.(ids);
  }

  _draw() {
    document.title = this.view ? `${this.view.title} – OnAir` : "OnAir";
    render(this.caller ? this._frame() : this._door(), this._place);
    this._focusArrival();
  }

  /** Who uses a keyboard or a screen reader is at the heading of what they went to, as soon as it is there. */
  _focusArrival() {
    if (!this._arrived) return;
    const { heading, from } = this._arrived;
    const moved = document.activeElement !== from && document.activeElement !== document.body;
    if (moved || focusOn(heading)) this._arrived = null;
  }

  _frame() {
    const links = [
      ["/", "Sessions"],
      ...(this.caller.operator
        ? [
            ["/orphans", "Orphans"],
            ["/quotas", "Quotas"],
          ]
        : []),
    ];
    const lost = this.feed?.connected === false;
    return html`<a class="skip" href="#main" @click=${skip}>Skip to the content</a>
      <header class="top">
        <a class="brand" href="#/"><img src="/icon.svg" alt="" width="24" height="24" /> OnAir</a>
        <nav aria-label="Main">
          ${links.map(
            ([path, name]) =>
              html`<a href="#${path}" aria-current=${this.path === path ? "page" : nothing}>${name}</a>`,
          )}
        </nav>
        <p class="who">
          ${this._zone()}
          <span>${this.caller.name}${this.caller.operator ? ", operator" : ""}</span>
          <button class="small" @click=${() => this._signOut()}>Sign out</button>
        </p>
      </header>
      ${
        lost
          ? html`<p class="notice warn" role="alert" id="lost">
              <strong>The connection is lost.</strong> What you see is as it was. It is tried again by itself.
            </p>`
          : nothing
      }
      <main id="main">
        ${problemNotice(this.problem)} ${this.watch ? this._sessionHead() : nothing} ${this._viewOrWhyNot()}
      </main>`;
  }

  /** The zone of all times; who is not in UTC themselves turns them by it. */
  _zone() {
    const [here, there] = [zone(), zone(true)];
    if (here === there) return html`<span title="Times are in your time zone">${here}</span>`;
    const turn = () => {
      turnZone();
      this.announce(`Times are in ${zone()}`);
      this.draw();
    };
    return html`<button class="small" id="zone" @click=${turn}>
      <span class="unseen">Times are in</span> ${here}<span class="unseen">: show them in ${there}</span>
    </button>`;
  }

  /** A view that can't make anything of what the API answered says so, and the rest of the page goes on. */
  _viewOrWhyNot() {
    try {
      return this.view?.template() ?? html`<p class="waiting">Loading …</p>`;
    } catch (error) {
      if (this._failure !== error.message) console.error(error); // not anew each second
      this._failure = error.message;
      return problemNotice(problemOf(error));
    }
  }

  _sessionHead() {
    const { session, problem, id } = this.watch;
    if (!session) return problem ? problemNotice(problem) : html`<p class="waiting">Reading the session …</p>`;
    const here = `/sessions/${id}`;
    return html`<div class="head">
        <h1 tabindex="-1">${session.name}</h1>
        ${badge(session.status)} <code>${id}</code>
      </div>
      <nav class="tabs" aria-label="Session">
        ${TABS.map(([rest, name]) => {
          const current = rest ? this.path.startsWith(here + rest) : this.path === here;
          return html`<a href="#${here}${rest}" aria-current=${current ? "page" : nothing}>${name}</a>`;
        })}
      </nav>
      ${problemNotice(problem)}`;
  }

  _door() {
    const { by } = this.config.sign_in;
    const submit = (event) => {
      event.preventDefault();
      signIn.keep({ token: new FormData(event.target).get("token").toString().trim() });
      this._enter();
    };
    return html`<main id="main" class="door">
      <h1><img src="/icon.svg" alt="" width="40" height="40" /> OnAir</h1>
      ${problemNotice(this.problem)}
      ${
        by === "oidc"
          ? html`<button class="primary" @click=${() => this._goSignIn()}>Sign in</button>`
          : html`<form @submit=${submit}>
              <label for="token">Token</label>
              <input
                id="token"
                name="token"
                type="password"
                autocomplete="off"
                required
                aria-describedby="token-hint"
              />
              <p class="hint" id="token-hint"><code>onair up</code> prints it, and an address that has it already.</p>
              <button class="primary">Sign in</button>
            </form>`
      }
    </main>`;
  }

  async _goSignIn() {
    try {
      await signIn.goSignIn(this.config.sign_in);
    } catch (error) {
      this.problem = { title: "Signing in failed", detail: error.message, remedy: "Try again in a moment." };
      this.draw();
    }
  }
}

function skip(event) {
  event.preventDefault(); // the address belongs to the views
  focusOn("main h1");
}

function focusOn(heading) {
  const found = document.querySelector(heading);
  if (found instanceof HTMLElement) found.focus();
  return found !== null;
}

export async function start() {
  const given = signIn.takeTokenFromAddress();
  const response = await fetch("/config.json", { cache: "no-cache" });
  if (!response.ok) throw new Error(`config.json: HTTP ${response.status}`);
  const config = await response.json();
  signIn.keepFromAddress(given, config.sign_in);
  await new Page(config).start();
}
