/**
 * A session's resources as a picture: from its source over flow outputs, inputs and channels to its destinations, each as
 * AWS says it is and as it should be, moving with the session. Below it the same as a table.
 */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { byKey, optionOf } from "../choosing.js";
import { VERDICTS, isOver } from "../picture/desired.js";
import { detailsOf, tableOf } from "../picture/details.js";
import { VERDICT_TONE, drawing, inWords } from "../picture/drawing.js";
import { nodesOf, pictureOf } from "../picture/lanes.js";
import { placed } from "../picture/places.js";
import { Size } from "../size.js";
import { counted } from "../words.js";

class Resources {
  title = "Resources";

  constructor(page) {
    this._page = page;
    this._chosen = null;
    this._focused = null;
    /** What the viewer has decided about showing what is deleted; null: nothing yet. */
    this._deleted = null;
    this._made = null;
    this._size = new Size();
    this._on = {
      choose: (event) => this._choose(optionOf(event)),
      key: (event) => byKey(event, (id) => this._choose(id)),
      focus: (event) => this._focus(optionOf(event)),
    };
  }

  template() {
    const session = this._page.watch?.session;
    if (!session) return nothing;
    const deleted = this._deleted ?? isOver(session);
    const { picture, places } = this._picture(session, deleted);
    const chosen = nodesOf(picture).find((node) => node.id === this._chosen);
    return html`<div class="head">
        <h2>Resources</h2>
        <p class="toggle">
          <input
            type="checkbox"
            id="show-deleted"
            .checked=${deleted}
            @change=${(event) => this._set({ _deleted: event.target.checked })}
          />
          <label for="show-deleted">Show what is deleted</label>
        </p>
        <p class="quiet">${picture.hidden ? `${counted(picture.hidden, "part")} not shown` : nothing}</p>
      </div>
      <div class=${chosen ? "beside" : "alone"}>
        <div class="scrolls panel picture" tabindex="0" role="region" aria-label="Resource picture">
          ${drawing(places, {
            chosen: this._chosen,
            focused: this._focused,
            label: `${session.name}: ${counted(picture.lanes.length, "lane")} from its source to where it goes`,
            on: this._on,
            size: this._size.of(places.width),
          })}
          <p class="hint" id="picture-keys">The arrow keys go from part to part, Enter shows its details.</p>
        </div>
        ${chosen ? detailsOf(this._page, session, chosen, () => this._close()) : nothing}
      </div>
      ${legend()}
      <h3>As a table</h3>
      ${tableOf(picture, (id) => this._choose(id))}`;
  }

  /** Made anew when the session was read or something else is to be shown, not at each redraw. */
  _picture(session, deleted) {
    const { version } = this._page.watch;
    const made = this._made;
    const key = `${version} ${deleted} ${this._chosen} ${this._focused}`;
    if (made?.key !== key) {
      // What somebody looks at stays where it is until they look elsewhere.
      const keep = (node) => deleted || node.id === this._chosen || node.id === this._focused;
      const picture = pictureOf(session, keep);
      this._made = { key, picture, places: placed(picture) };
    }
    return this._made;
  }

  _choose(id) {
    if (!id) return;
    const node = nodesOf(this._made.picture).find((one) => one.id === id);
    if (node) this._page.announce(inWords(node));
    this._set({ _chosen: id });
  }

  _focus(id) {
    if (id && id !== this._focused) this._set({ _focused: id });
  }

  _close() {
    const node = document.getElementById(`node-${this._chosen}`);
    this._set({ _chosen: null });
    node?.focus();
  }

  _set(changes) {
    Object.assign(this, changes);
    this._page.draw();
  }
}

function legend() {
  return html`<ul class="legend" aria-label="Signs">
    ${Object.entries(VERDICTS).map(
      ([verdict, { sign, words }]) =>
        html`<li class="tone ${VERDICT_TONE[verdict]}"><span aria-hidden="true">${sign}</span> ${words}</li>`,
    )}
  </ul>`;
}

export function open(page) {
  return new Resources(page);
}
