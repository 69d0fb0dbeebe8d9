/**
 * What is known of a session's executions and of the one that is looked at: read when the session changes, and while the
 * one that is looked at runs every two seconds. One that is over is not read again. Used by `views/executions.js`.
 */

import { ProblemError, problemOf } from "../api.js";

const OFTEN = 2_000; // milliseconds
const HIDDEN = 20_000; // while nobody looks
const GOES_ON = new Set(["RUNNING", "NOT_STARTED"]);

/**
 * The list of the session that was looked at last: going from one of its executions to another shows it at once. By the
 * API object of the viewer, which is gone with them.
 *
 * @type {WeakMap<object, {id: string, list: any[]}>}
 */
const kept = new WeakMap();

export class ExecutionWatch {
  /** `name`: the execution that is looked at, null for the newest. `told` is called whenever something else is known. */
  constructor(api, id, name, told) {
    this._api = api;
    this._id = id;
    this._name = name;
    this._told = told;
    this._timer = undefined;
    this._reading = false;
    this._listIsOld = true;
    this._closed = false;
    this._readAt = -Infinity;
    /** The executions as the API lists them, the newest first; null until they are read. */
    this.list = kept.get(api)?.id === id ? kept.get(api).list : null;
    /** Whether there are more than are listed. */
    this.truncated = false;
    /** The one that is looked at, with its graph and its visits; null until it is read, and if there is none. */
    this.execution = null;
    /** Why it can't be read, as a problem document. */
    this.problem = null;
    /** Counts what was read. */
    this.version = 0;
    this._read();
  }

  /** The name of the one that is looked at, null as long as there is none. */
  get name() {
    return this._name ?? this.list?.[0]?.execution ?? null;
  }

  /** Something of the session is another. */
  changed() {
    this._listIsOld = true;
    if (!this._reading) this._in(Math.max(0, this._readAt + OFTEN - performance.now()));
  }

  close() {
    this._closed = true;
    clearTimeout(this._timer);
  }

  _in(pause) {
    clearTimeout(this._timer);
    if (!this._closed) this._timer = setTimeout(() => this._read(), pause);
  }

  async _read() {
    this._reading = true;
    this._readAt = performance.now();
    try {
      if (this._listIsOld) await this._readList();
      if (this._needsReading()) {
        const before = this.execution;
        this.execution = await this._api.execution(this._id, this.name);
        // The list asks AWS for each of its executions: not every two seconds, but once this one has come to its end.
        if (before && before.status !== this.execution.status) this._listIsOld = true;
      }
      this.problem = null;
    } catch (error) {
      // What is known stays on the page while the connection is lost; the page's head says that it is.
      if (error instanceof ProblemError || !this.list) this.problem = problemOf(error);
    }
    this._reading = false;
    this.version += 1;
    if (this._closed) return;
    this._told();
    if (GOES_ON.has(this.execution?.status) || (this._listIsOld && !this.problem)) {
      this._in(document.hidden ? HIDDEN : OFTEN);
    }
  }

  async _readList() {
    this._listIsOld = false;
    try {
      const { executions, truncated } = await this._api.executions(this._id);
      this.list = executions;
      this.truncated = truncated;
      kept.set(this._api, { id: this._id, list: executions });
    } catch (error) {
      this._listIsOld = true;
      throw error;
    }
  }

  _needsReading() {
    if (this.name === null) return false;
    return this.execution?.execution !== this.name || GOES_ON.has(this.execution.status);
  }
}
