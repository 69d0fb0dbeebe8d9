/**
 * Learns of changes as they happen. One endpoint is asked again and again which sessions changed; it answers "none" at
 * next to no cost. A lost connection is tried again, sooner or later, until it is back; then everything is read anew.
 */

import { ProblemError } from "./api.js";

const OFTEN = 1_000; // milliseconds, while something has just changed
const SELDOM = 3_000; // else
const HIDDEN = 20_000; // while nobody looks
const JUST_NOW = 60_000;
const LONGEST_PAUSE = 15_000;

export class Feed {
  /**
   * `changed(ids)` is told the sessions that changed, null for "any"; `told()` whenever the connection's state is another.
   */
  constructor(api, clock, changed, told) {
    this._api = api;
    this._clock = clock;
    this._changed = changed;
    this._told = told;
    this._cursor = undefined;
    this._failures = 0;
    this._missed = false;
    this._lastChange = performance.now();
    this._timer = undefined;
    this._asking = false;
    /** Whether the last question was answered; null before the first one. */
    this.connected = null;
    this._hurry = () => this.hurry();
  }

  start() {
    window.addEventListener("online", this._hurry);
    document.addEventListener("visibilitychange", this._hurry);
    return this._ask();
  }

  stop() {
    window.removeEventListener("online", this._hurry);
    document.removeEventListener("visibilitychange", this._hurry);
    clearTimeout(this._timer);
    this._timer = null; // an answer that is still to come starts no new one
  }

  /** Ask at once: something was just asked for, or somebody looks again. */
  hurry() {
    if (this._timer === null || document.hidden) return;
    clearTimeout(this._timer);
    this._ask();
  }

  async _ask() {
    if (this._asking) return;
    this._asking = true;
    try {
      const began = performance.now();
      const answer = await this._api.changes(this._cursor);
      this._clock.set(answer.now, began);
      this._answered(answer);
    } catch (error) {
      this._unanswered(error);
    } finally {
      this._asking = false;
      if (this._timer !== null) this._timer = setTimeout(() => this._ask(), this._pause());
    }
  }

  _answered(answer) {
    const back = this.connected === false || this._missed;
    this._missed = false;
    this._cursor = answer.cursor;
    this._failures = 0;
    if (this.connected !== true) {
      this.connected = true;
      this._told();
    }
    if (back || !answer.complete) this._changed(null);
    else if (answer.sessions.length) {
      this._lastChange = performance.now();
      this._changed(new Set(answer.sessions));
    }
  }

  _unanswered(error) {
    this._failures += 1;
    if (error instanceof ProblemError && error.status === 422) {
      this._cursor = undefined; // not a cursor of this stage: what changed behind it nobody tells
      this._missed = true;
    } else if (this.connected !== false) {
      this.connected = false;
      this._told();
    }
  }

  _pause() {
    if (this._failures) {
      const pause = Math.min(LONGEST_PAUSE, OFTEN * 2 ** (this._failures - 1));
      return pause * (0.75 + Math.random() / 2); // so that many pages do not come back in one moment
    }
    if (document.hidden) return HIDDEN;
    return performance.now() - this._lastChange < JUST_NOW ? OFTEN : SELDOM;
  }
}

/** The stage's time, which is not this machine's: a local stage may run sixty times as fast. */
export class Clock {
  constructor() {
    this._at = Date.now();
    this._read = performance.now();
  }

  /** The stage said that it was `iso` at that moment of ours (`performance.now()`). */
  set(iso, read) {
    const at = Date.parse(iso ?? "");
    if (Number.isNaN(at)) return;
    this._at = at;
    this._read = read;
  }

  now() {
    return this._at + (performance.now() - this._read);
  }
}
