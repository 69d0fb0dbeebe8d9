/**
 * A recording as one file: its segments one behind the other, which is a transport stream again. Written to the disk as
 * it comes where the browser can; collected in memory up to a limit where it can't.
 */

import { Segments } from "./recordings.js";

/** Bytes. What is larger can't be collected by every browser. */
export const MOST_COLLECTED = 1_000_000_000;
const TRIES = 4;
const PAUSE = 1_000; // milliseconds before the second try; twice that before the third

/** Whether this browser can write to the disk while it reads. */
export function writesToDisk() {
  return "showSaveFilePicker" in window;
}

/**
 * Where to, before anything is read: a browser asks only right behind a press. Rejects with an AbortError if the viewer
 * closes the question.
 */
export async function chooseTarget(name) {
  if (!writesToDisk()) return new Collected(name);
  const file = await window["showSaveFilePicker"]({
    suggestedName: name,
    types: [{ description: "MPEG transport stream", accept: { "video/mp2t": [".ts"] } }],
  });
  return file.createWritable();
}

/**
 * Read all and write it to `target`. `progress(bytes)` is told what is written so far. Ends with an AbortError when
 * `signal` says so, and with whatever can't be read; the target is then given up.
 *
 * @param {Segments} segments
 */
export async function download(segments, target, signal, progress) {
  try {
    await segments.playlist();
    let written = 0;
    for (let index = 0; index < segments.count; index += 1) {
      const data = await readPatiently(segments, index, signal);
      await target.write(data);
      written += data.byteLength;
      progress(written);
    }
    signal.throwIfAborted();
    await target.close();
  } catch (error) {
    await target.abort().catch(() => {}); // what counts is why
    throw error;
  }
}

/** A connection may break off in an hour of reading: one segment is tried again, not the whole. */
async function readPatiently(segments, index, signal) {
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    try {
      return await segments.read(index, signal);
    } catch (error) {
      if (tries === TRIES || signal.aborted || (error.status >= 400 && error.status < 500)) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE * 2 ** (tries - 1)));
    }
  }
}

/** Keeps what is written until all is there, then gives it to the browser as a download. */
class Collected {
  constructor(name) {
    this._name = name;
    this._parts = [];
  }

  async write(data) {
    this._parts.push(new Blob([data])); // the browser may move a Blob to the disk
  }

  async close() {
    const url = URL.createObjectURL(new Blob(this._parts, { type: "video/mp2t" }));
    this._parts = [];
    Object.assign(document.createElement("a"), { href: url, download: this._name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser has begun with it by then
  }

  async abort() {
    this._parts = [];
  }
}
