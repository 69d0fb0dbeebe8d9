/** Where the show goes: each destination with how it is, and, if it failed, why and what to do. */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { badge, copyButton, problemNotice } from "../parts.js";
import { hostOf, platformTitle } from "../platforms.js";

export function destinationsPanel(session, announce) {
  return html`<section class="panel" aria-labelledby="destinations-title">
    <h2 id="destinations-title">${session.destinations.length === 1 ? "Destination" : "Destinations"}</h2>
    <ul class="rows" id="destinations">
      ${session.destinations.map(destination)} ${session.recorder ? recorder(session.recorder) : nothing}
    </ul>
    ${session.playback_urls.map(
      (url) =>
        html`<p>
          Viewers watch
          <a href=${url} target="_blank" rel="noreferrer"
            >${hostOf(url)}<span class="unseen"> (opens a new tab)</span></a
          >
          ${copyButton("the viewers' address", url, announce)}
        </p>`,
    )}
  </section>`;
}

function destination(one) {
  const title = platformTitle(one.platform);
  return html`<li data-destination=${one.destination_id}>
    <p class="row-head">
      <strong>${title}</strong>
      ${one.destination_id === one.platform ? nothing : html`<code>${one.destination_id}</code>`} ${badge(one.status)}
    </p>
    <p class="hint">
      ${one.url ? html`to ${hostOf(one.url)}` : "to a channel that the session makes"},
      ${one.profile}${
        one.stream_key_hint ? html`, stream key <code>${one.stream_key_hint}</code>` : nothing
      }${one.channel_class === "STANDARD" ? ", two pipelines" : ""}
    </p>
    ${problemNotice(one.error)}
  </li>`;
}

function recorder(one) {
  return html`<li data-destination="recorder">
    <p class="row-head"><strong>Recorder</strong> ${badge(one.status)}</p>
    <p class="hint">a channel of its own, to S3</p>
    ${problemNotice(one.error)}
  </li>`;
}
