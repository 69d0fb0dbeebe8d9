/** A document that is read again whenever it may have changed: one reading at a time, the last one counts. */

import { problemOf } from "../api.js";

export class Reading {
  /** `call` reads it; `redraw` is told when it, or why it can't be read, is another. */
  constructor(call, redraw) {
    this._call = call;
    this._redraw = redraw;
    this._under = false;
    this._again = false;
    /** The document, null until it is read. */
    this.value = null;
    this.problem = null;
  }

  async read() {
    if (this._under) {
      this._again = true;
      return;
    }
    this._under = true;
    do {
      this._again = false;
      try {
        this.value = await this._call();
        this.problem = null;
      } catch (error) {
        if (!this.value) this.problem = problemOf(error); // what is known stays; the page's head tells of a lost connection
      }
      this._redraw();
    } while (this._again);
    this._under = false;
  }
}
