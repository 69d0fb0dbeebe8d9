/** How wide a drawing is, told to its element: the page's policy allows no style in markup, but a script may set one. */

import { ref } from "/lib/lit-html/directives/ref.js";

export class Size {
  constructor() {
    this._key = "";
    this._made = null;
  }

  /** A directive for the drawing's tag: its style has `--natural`, the width in pixels, and `--zoom`. */
  of(width, zoom = 1) {
    const key = `${width} ${zoom}`;
    if (this._key !== key) {
      this._key = key;
      this._made = ref((element) => {
        if (!(element instanceof SVGElement)) return; // it is taken out of the page
        element.style.setProperty("--natural", `${width}px`);
        element.style.setProperty("--zoom", String(zoom));
      });
    }
    return this._made;
  }
}
