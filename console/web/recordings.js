/**
 * A recording's segments, one by one. They lie in S3, and a link allows one of them to be read for an hour: links are
 * asked for in windows, when they are needed, and anew when they have run out. Used by the player and by the download.
 */

import { LostError } from "./api.js";

const WINDOW = 200; // links asked for at a time: almost seven minutes of a show
const MARGIN = 60_000; // milliseconds: a link that runs out sooner is not used

/** S3 refused a segment, or does not have it. */
export class SegmentError extends Error {
  constructor(name, status) {
    super(`Segment ${name}: S3 answers with HTTP ${status}.`);
    this.status = status;
  }
}

export class Segments {
  constructor(api, clock, sessionId, recordingId) {
    this._api = api;
    this._clock = clock;
    this._session = sessionId;
    this._recording = recordingId;
    this._windows = new Map();
    this._names = null;
  }

  /** The playlist's text, in which segments are named as seen from itself. */
  async playlist() {
    const { playlist } = await this._api.playlist(this._session, this._recording);
    this._names = playlist.split(/\r?\n/).filter((line) => line && !line.startsWith("#"));
    return playlist;
  }

  /** How many there are, as soon as the playlist was read. */
  get count() {
    return this._names.length;
  }

  indexOf(name) {
    return this._names.indexOf(name);
  }

  /** Read a segment. Rejects with a SegmentError, LostError, ProblemError, or with `signal`'s AbortError. */
  async read(index, signal) {
    let response = await this._get(index, signal);
    if (response.status === 403) {
      this._windows.clear(); // the links have run out sooner than they said
      response = await this._get(index, signal);
    }
    if (!response.ok) throw new SegmentError(this._names[index], response.status);
    return response.arrayBuffer();
  }

  async _get(index, signal) {
    const url = await this._link(index);
    try {
      // No header of ours, and no credentials: the link itself is what allows it.
      return await fetch(url, { signal, credentials: "omit", referrerPolicy: "no-referrer" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new LostError(`segment ${this._names[index]}: ${error.message}`);
    }
  }

  async _link(index) {
    const first = index - (index % WINDOW);
    let window = await this._windows.get(first);
    if (!window || window.until - MARGIN < this._clock.now()) {
      const asked = this._ask(first);
      this._windows.set(first, asked);
      asked.catch(() => this._windows.delete(first));
      window = await asked;
    }
    return window.urls[index - first];
  }

  async _ask(first) {
    const answer = await this._api.links(this._session, this._recording, first, WINDOW);
    return { urls: answer.links.map((link) => link.url), until: Date.parse(answer.expires_at) };
  }
}

/** What a failed reading says to a person, if it was a segment's; null if the API says it itself. */
export function segmentProblem(error) {
  if (error instanceof SegmentError) {
    return {
      title: "A part of the recording can't be read",
      detail: error.message,
      remedy: "Try again. If it stays so, ask an operator whether the recording's files are still in the bucket.",
    };
  }
  if (error instanceof LostError) {
    return {
      title: "The recording's files can't be reached",
      detail: "No answer came from where they are kept.",
      remedy: "Look whether this machine is online, and try again.",
    };
  }
  return null;
}
