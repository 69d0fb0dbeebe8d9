/** What is known of one session, read again whenever it changed: shared by the views of it. */

import { ProblemError } from "./api.js";

export class SessionWatch {
  /** `redraw` is called whenever something else is known. */
  constructor(api, id, redraw) {
    this._api = api;
    this._redraw = redraw;
    this._reading = null;
    this._again = false;
    this.id = id;
    /** The session as the API answers it; null until it is read. */
    this.session = null;
    /** Why it can't be read, as a problem document. */
    this.problem = null;
    /** Counts what was read, so that views know when to read what belongs to it. */
    this.version = 0;
  }

  /** Read it; if a reading is under way, once more behind that. */
  read() {
    if (this._reading) {
      this._again = true;
      return this._reading;
    }
    this._reading = this._read().finally(() => {
      this._reading = null;
      if (this._again) {
        this._again = false;
        this.read();
      }
    });
    return this._reading;
  }

  /** Told by the feed: the sessions that changed, null for any. */
  changed(ids) {
    if (ids === null || ids.has(this.id)) this.read();
  }

  /** Take over what an action answered: a reading that is under way may be older, so there is one more behind it. */
  take(session) {
    this._again = this._reading !== null;
    this._show(session);
  }

  _show(session) {
    this.session = session;
    this.problem = null;
    this.version += 1;
    this._redraw();
  }

  async _read() {
    try {
      this._show(await this._api.session(this.id));
    } catch (error) {
      // What is known stays on the page while the connection is lost; the page's head says that it is.
      if (error instanceof ProblemError) this.problem = error.problem;
      this._redraw();
    }
  }
}
