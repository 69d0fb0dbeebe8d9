/** One download of a recording, as its row shows it: how far it is, a button to cancel it, and why it failed. */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { problemOf } from "../api.js";
import { chooseTarget, download, MOST_COLLECTED, writesToDisk } from "../download.js";
import { keepFocus } from "../focus.js";
import { problemNotice } from "../parts.js";
import { segmentProblem } from "../recordings.js";
import { bytes } from "../words.js";

export class Download {
  /** `what` names the recording in words. */
  constructor(page, segments, fileName, recording, what) {
    this._page = page;
    this._segments = segments;
    this._fileName = fileName;
    this._recording = recording;
    this._what = what;
    this._ended = new AbortController();
    this._written = 0;
    this._problem = null;
    this._said = "";
    this.isRunning = false;
  }

  async start() {
    if (!writesToDisk() && this._recording.size > MOST_COLLECTED) {
      this._problem = tooLarge(this._recording);
      this._page.draw();
      return;
    }
    this.isRunning = true;
    this._page.draw();
    try {
      const target = await chooseTarget(this._fileName);
      this._page.announce(`Download of ${this._what} begins`);
      await download(this._segments, target, this._ended.signal, (written) => {
        this._written = written;
        this._page.draw();
      });
      this._say(`Download of ${this._what} is done: ${this._fileName}, ${bytes(this._written)}`);
    } catch (error) {
      if (error.name === "AbortError") this._say(`Download of ${this._what} was cancelled`);
      else this._problem = segmentProblem(error) ?? problemOf(error);
    } finally {
      this.isRunning = false;
      this._page.draw();
      this._keepFocus();
    }
  }

  cancel() {
    this._ended.abort();
  }

  template() {
    if (!this.isRunning) {
      return html`${problemNotice(this._problem, () => this._forget())}
      ${this._said ? html`<p class="hint">${this._said}.</p>` : nothing}`;
    }
    const { size, recording_id: id } = this._recording;
    const percent = size ? Math.min(100, Math.floor((100 * this._written) / size)) : 0;
    return html`<div class="download">
      <label for="progress-${id}"
        >Downloading ${this._what}: ${percent} %, ${bytes(this._written)} of ${bytes(size)}</label
      >
      <progress id="progress-${id}" max="100" .value=${percent}></progress>
      <button class="small" id="cancel-${id}" @click=${() => this.cancel()}>Cancel the download</button>
      <p class="hint">Stay on this view until it is done.</p>
    </div>`;
  }

  _say(text) {
    this._said = text;
    this._page.announce(text);
  }

  _keepFocus() {
    keepFocus(`#download-${this._recording.recording_id}`);
  }

  _forget() {
    this._problem = null;
    this._page.draw();
    this._keepFocus();
  }
}

function tooLarge({ size, playlist }) {
  return {
    title: "The recording is too large for this browser",
    detail: `It has ${bytes(size)}. This browser can't write to the disk while it reads, and collects ${bytes(MOST_COLLECTED)} at most.`,
    remedy:
      "Download it with Chrome or Edge on a computer, which write as they read. Or ask an operator to copy its folder: " +
      `aws s3 cp --recursive ${playlist.replace(/[^/]*$/, "")} .`,
  };
}
