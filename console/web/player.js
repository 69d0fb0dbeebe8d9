/**
 * Plays a recording in the page. The playlist comes from the API and the segments from S3, so hls.js is given loaders of
 * its own for both; it is loaded itself only when something is to be played.
 */

import { problemOf } from "./api.js";
import { segmentProblem } from "./recordings.js";

const PLAYER = "/lib/hls.js/dist/hls.light.min.mjs";
/** Names are resolved against it; nothing is ever asked for there. */
const NOWHERE = "https://recording.invalid/playlist.m3u8";
const CODECS = 'video/mp4; codecs="avc1.4d4028,mp4a.40.2"';
const CANNOT_PLAY = {
  title: "This browser can't play it",
  detail: "It takes no H.264 video in pieces (Media Source Extensions).",
  remedy: "Download the recording and play it with VLC, or use a current Chrome, Edge, Firefox or Safari.",
};

export class Player {
  /** `changed` is told when `problem` or `loading` is another. */
  constructor(segments, title, changed) {
    this._segments = segments;
    this._changed = changed;
    this._hls = null;
    this._closed = false;
    this._mended = false;
    this._cause = null;
    this.problem = null;
    this.loading = true;
    this.video = document.createElement("video");
    this.video.controls = true;
    this.video.playsInline = true;
    this.video.setAttribute("aria-label", title);
    this._open().catch((error) => this._fail(segmentProblem(error) ?? problemOf(error)));
  }

  close() {
    this._closed = true;
    this._hls?.destroy();
    this._hls = null;
    this.video.remove();
  }

  async _open() {
    const [{ default: Hls }, playlist] = await Promise.all([import(PLAYER), this._segments.playlist()]);
    if (this._closed) return;
    if (!Hls.isSupported() || !mediaSource()?.isTypeSupported(CODECS)) {
      this._fail(CANNOT_PLAY);
      return;
    }
    const failed = (error) => {
      this._cause = error;
    };
    const hls = new Hls({
      enableWorker: false, // a worker would be a script of its own, which the page's policy forbids
      // Cues come with a track from a data: address, which the policy forbids as well, and a recording has none.
      enableID3MetadataCues: false,
      enableDateRangeMetadataCues: false,
      enableEmsgMetadataCues: false,
      maxBufferLength: 30,
      backBufferLength: 60,
      pLoader: playlistLoader(playlist),
      fLoader: segmentLoader(this._segments, failed),
    });
    hls.on(Hls.Events.ERROR, (_, data) => this._erred(Hls, data));
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      this.loading = false;
      this._changed();
      // Where a browser wants another press first, the controls are there.
      this.video.play().catch(() => {});
    });
    this._hls = hls;
    hls.attachMedia(this.video);
    hls.loadSource(NOWHERE);
  }

  _erred(Hls, data) {
    const refused = data.response?.code >= 400 && data.response.code < 500;
    if (!data.fatal && !refused) return;
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !this._mended) {
      this._mended = true;
      this._hls.recoverMediaError();
      return;
    }
    const cause = this._cause && (segmentProblem(this._cause) ?? problemOf(this._cause));
    this._fail(
      (data.type === Hls.ErrorTypes.NETWORK_ERROR && cause) || {
        title: "The recording can't be played",
        detail: data.error?.message ?? data.details,
        remedy: "Press Play again. If it stays so, download it and play it with VLC.",
      },
    );
  }

  _fail(problem) {
    if (this._closed) return;
    this._hls?.stopLoad();
    this.problem = problem;
    this.loading = false;
    this._changed();
  }
}

function mediaSource() {
  return window["ManagedMediaSource"] ?? window.MediaSource;
}

/** What hls.js takes a loader for (its interface Loader), with nothing in it. */
class Loader {
  context = null;
  stats = {
    aborted: false,
    loaded: 0,
    retry: 0,
    total: 0,
    chunkCount: 0,
    bwEstimate: 0,
    loading: { start: 0, first: 0, end: 0 },
    parsing: { start: 0, end: 0 },
    buffering: { start: 0, first: 0, end: 0 },
  };

  load(context, _, callbacks) {
    this.context = context;
    this._callbacks = callbacks;
    this.stats.loading.start = performance.now();
  }

  abort() {
    this.stats.aborted = true;
  }

  destroy() {
    this.abort();
    this._callbacks = null;
  }

  loaded(data, size) {
    const { loading } = this.stats;
    loading.first = loading.end = performance.now();
    this.stats.loaded = this.stats.total = size;
    this._callbacks?.onSuccess({ url: this.context.url, data, code: 200 }, this.stats, this.context, null);
  }
}

/** A loader that answers with the playlist, whatever is asked. */
function playlistLoader(text) {
  return class extends Loader {
    load(context, config, callbacks) {
      super.load(context, config, callbacks);
      queueMicrotask(() => this.loaded(text, text.length));
    }
  };
}

/** A loader that reads segments by their names in the playlist; `failed` is told why one could not be read. */
function segmentLoader(segments, failed) {
  return class extends Loader {
    _ended = new AbortController();

    load(context, config, callbacks) {
      super.load(context, config, callbacks);
      const signal = AbortSignal.any([this._ended.signal, AbortSignal.timeout(config.timeout)]);
      segments.read(segments.indexOf(context.frag.relurl), signal).then(
        (data) => this.loaded(data, data.byteLength),
        (error) => this._refused(error),
      );
    }

    abort() {
      super.abort();
      this._ended.abort();
    }

    _refused(error) {
      if (this._ended.signal.aborted) return;
      if (error.name === "TimeoutError") {
        this._callbacks?.onTimeout(this.stats, this.context, null);
        return;
      }
      failed(error);
      // hls.js tries again what has no status of a refusal (4xx).
      this._callbacks?.onError({ code: error.status ?? 503, text: error.message }, this.context, null, this.stats);
    }
  };
}
