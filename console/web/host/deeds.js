/** Doing what was asked for: busy until the answer, and a problem with its cause and remedy if it was refused. */

import { createRef, ref } from "/lib/lit-html/directives/ref.js";
import { html, nothing } from "/lib/lit-html/lit-html.js";
import { problemOf } from "../api.js";
import { keepFocus, nextDrawing } from "../focus.js";
import { problemNotice } from "../parts.js";

export class Deeds {
  constructor(page) {
    this._page = page;
    this._busy = new Set();
    this._place = createRef();
    this.problem = null;
  }

  isBusy(name) {
    return this._busy.has(name);
  }

  /**
   * Make the call. It changes the session of the address, which is read again whatever comes of it. `then`: where the
   * keyboard goes on if the button is gone by then.
   */
  async run(name, told, call, then = "main h1") {
    if (this._busy.has(name)) return;
    const { watch, feed } = this._page;
    this._busy.add(name);
    this.problem = null;
    this._page.draw();
    try {
      const answer = await call();
      if (answer.allowed) watch.take(answer);
      this._page.announce(told);
    } catch (error) {
      this.problem = problemOf(error);
      this._page.draw();
      nextDrawing(() => this._place.value?.scrollIntoView({ block: "nearest" }));
    }
    // Behind an answer, too: a reading that was under way meanwhile would bring back how it was before.
    await watch.read();
    this._busy.delete(name);
    feed?.hurry();
    this._page.draw();
    keepFocus(then);
  }

  /** What went wrong last, until it is closed or something else is asked for. */
  notice() {
    if (!this.problem) return nothing;
    const dismiss = () => {
      this.problem = null;
      this._page.draw();
      keepFocus("main h1");
    };
    return html`<div ${ref(this._place)}>${problemNotice(this.problem, dismiss)}</div>`;
  }
}
