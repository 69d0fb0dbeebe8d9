/** OnAir's HTTP API from a browser: one method a call, documents in and out. Everything that the page does goes through it. */

/** The API refused. `problem` is its RFC 9457 document: title, detail, remedy, name, runbook, errors. */
export class ProblemError extends Error {
  constructor(problem, status) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.problem = problem;
    this.status = status;
  }
}

/** No answer came, so nothing is known about whether the request took effect. */
export class LostError extends Error {}

const LONGEST_WAIT = 30_000; // milliseconds: API Gateway answers within 30 seconds, whatever happens

/** What an error says to a person: a problem document, whoever made it. */
export function problemOf(error) {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof LostError) {
    return {
      title: "No answer",
      name: "Lost",
      detail: "The connection broke off before an answer came. What you asked for may have been done.",
      remedy:
        "Look at the session's state below, and ask again if it is not as you want it: asking twice does no harm.",
    };
  }
  return {
    title: "The page failed",
    name: "PageFailed",
    detail: String(error?.message ?? error),
    remedy: "Reload it.",
  };
}

export class Api {
  /** `token` gives the credentials of each request; `refused` is told when they are not taken any more. */
  constructor(token, refused) {
    this._token = token;
    this._refused = refused;
  }

  caller() {
    return this._call("GET", "/caller");
  }

  changes(after) {
    return this._call("GET", `/changes${query({ after })}`);
  }

  sessions(cursor, limit = 100) {
    return this._call("GET", `/sessions${query({ limit, cursor })}`);
  }

  createSession(spec, key) {
    return this._call("POST", "/sessions", spec, key);
  }

  session(id) {
    return this._call("GET", `/sessions/${id}`);
  }

  changeLimits(id, changes) {
    return this._call("PATCH", `/sessions/${id}`, changes);
  }

  endSession(id) {
    return this._call("DELETE", `/sessions/${id}`);
  }

  provision(id) {
    return this._call("POST", `/sessions/${id}/medialive`);
  }

  startStreaming(id, onRecording = "refuse") {
    return this._call("POST", `/sessions/${id}/streaming/start`, { on_recording: onRecording });
  }

  stopStreaming(id, onRecording = "refuse") {
    return this._call("POST", `/sessions/${id}/streaming/stop`, { on_recording: onRecording });
  }

  startRecording(id) {
    return this._call("POST", `/sessions/${id}/recording/start`);
  }

  stopRecording(id) {
    return this._call("POST", `/sessions/${id}/recording/stop`);
  }

  recordings(id) {
    return this._call("GET", `/sessions/${id}/recordings`);
  }

  playlist(id, recording) {
    return this._call("GET", `/sessions/${id}/recordings/${recording}/playlist`);
  }

  links(id, recording, first, count) {
    return this._call("GET", `/sessions/${id}/recordings/${recording}/links${query({ first, count })}`);
  }

  cost(id) {
    return this._call("GET", `/sessions/${id}/cost`);
  }

  ingestEndpoints(id) {
    return this._call("GET", `/sessions/${id}/ingest-endpoints`);
  }

  events(id, cursor, limit = 100) {
    return this._call("GET", `/sessions/${id}/events${query({ limit, cursor })}`);
  }

  executions(id) {
    return this._call("GET", `/sessions/${id}/executions`);
  }

  execution(id, name) {
    return this._call("GET", `/sessions/${id}/executions/${encodeURIComponent(name)}`);
  }

  orphans() {
    return this._call("GET", "/orphans");
  }

  startSweep(wish) {
    return this._call("POST", "/sweeps", wish);
  }

  sweep(id) {
    return this._call("GET", `/sweeps/${id}`);
  }

  quotas() {
    return this._call("GET", "/quotas");
  }

  async _call(method, path, body, key) {
    const headers = { authorization: `Bearer ${await this._token()}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (key) headers["idempotency-key"] = key;
    let response;
    let text;
    try {
      response = await fetch(path, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        signal: AbortSignal.timeout(LONGEST_WAIT),
      });
      text = await response.text();
    } catch (error) {
      throw new LostError(`${method} ${path}: ${error.message}`);
    }
    const document = parsed(text);
    if (response.ok && document) return document;
    const problem = document?.title
      ? document
      : {
          title: document?.message ?? `HTTP ${response.status}`,
          name: "Unanswered",
          detail: `${method} ${path}: the answer is not one of OnAir's.`,
          remedy:
            "Try again in a moment: asking twice does no harm. If it stays so, tell an operator what is said here.",
        };
    if (response.status === 401) this._refused(problem);
    throw new ProblemError(problem, response.status);
  }
}

function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
