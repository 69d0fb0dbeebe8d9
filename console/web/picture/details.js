/** The details of one box of the resource picture, and the table of all of them: the same facts in words. */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { flowLink, resourceLinks } from "../aws-links.js";
import { copyButton, when } from "../parts.js";
import { duration, plain, secondsBetween } from "../words.js";
import { VERDICTS } from "./desired.js";
import { VERDICT_TONE } from "./drawing.js";

/** What a node is held to be: sign and words, with its colour. */
function verdictBadge(verdict) {
  const { sign, words } = VERDICTS[verdict];
  return html`<span class="badge ${VERDICT_TONE[verdict]}"><span aria-hidden="true">${sign}</span> ${words}</span>`;
}

/** `page`: the clock, the announcements and AWS's region are taken from it. */
export function detailsOf(page, session, node, close) {
  const { row } = node;
  const announce = (text) => page.announce(text);
  const copied = (what, text) =>
    text
      ? html`<dt>${what}</dt>
          <dd><code>${text}</code> ${copyButton(what, text, announce)}</dd>`
      : nothing;
  const links = linksOf(page.config.aws, session, node);
  return html`<aside class="panel details" id="resource-details" aria-label="Details">
    <div class="head">
      <h3>${node.title}${node.lane ? html` <span class="quiet">of ${node.lane}</span>` : nothing}</h3>
      <button class="small" id="close-details" @click=${close}>Close</button>
    </div>
    <p>${verdictBadge(node.verdict)}</p>
    <dl class="facts">
      <dt>Is</dt>
      <dd data-fact="is">${node.is}</dd>
      <dt>Should be</dt>
      <dd data-fact="should">${node.should}</dd>
      ${
        row
          ? html`<dt>AWS said last</dt>
              <dd data-fact="observed">${row.observed ?? "nothing yet"}</dd>
              <dt>In our ledger</dt>
              <dd data-fact="state">${row.state}</dd>
              <dt>Changed</dt>
              <dd>${when(row.updated_at)} (${duration(secondsBetween(row.updated_at, page.clock.now()))} ago)</dd>
              <dt>Name</dt>
              <dd><code>${row.name}</code></dd>
              ${row.id === row.arn ? nothing : copied("Id", row.id)} ${copied("ARN", row.arn)}`
          : nothing
      }
      ${about(session, node).map(
        ([what, value]) =>
          html`<dt>${what}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    ${
      node.error
        ? html`<p class="notice bad">
            <strong>${node.error.title}</strong> <code>${node.error.name}</code><br />
            ${node.error.cause}<br /><strong>What to do:</strong> ${node.error.remedy}
          </p>`
        : nothing
    }
    ${
      links.length
        ? html`<p>
            ${links.map(({ label, href }) => html`<a class="away" href=${href} rel="noreferrer">${label} in AWS</a> `)}
          </p>`
        : nothing
    }
  </aside>`;
}

/** All boxes as a table, lane by lane: what the picture shows, for who reads it or has a narrow screen. */
export function tableOf(picture, choose) {
  const rows = [picture.source, ...picture.lanes.flatMap((lane) => lane.columns.flat())];
  return html`<div class="scrolls panel" tabindex="0" role="region" aria-label="The same as a table">
    <table class="resources" id="resources-table">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Is</th>
          <th scope="col">Should be</th>
          <th scope="col">Verdict</th>
          <th scope="col">Ledger</th>
          <th scope="col">Id</th>
          <th scope="col">Changed</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (node) =>
            html`<tr data-node=${node.id} data-verdict=${node.verdict}>
              <th scope="row">
                <button class="plain" @click=${() => choose(node.id)}>${node.title}</button>
                ${node.lane && node.lane !== node.title ? html`<span class="quiet">${node.lane}</span>` : nothing}
              </th>
              <td>${node.is}</td>
              <td>${node.should}</td>
              <td>${verdictBadge(node.verdict)}</td>
              <td>${node.row?.state ?? "–"}</td>
              <td><code>${node.row?.id?.split("/").at(-1) ?? "–"}</code></td>
              <td>${when(node.row?.updated_at)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function about(session, node) {
  if (node.kind === "source") {
    return session.source.type === "flow"
      ? [
          ["ARN", html`<code>${session.source.flow_arn}</code>`],
          ["Whose", "Yours. OnAir adds and removes its own outputs and looks at nothing else of it."],
        ]
      : [
          ["May push", session.source.open_to_anyone ? "anyone" : (session.source.allowed_cidrs ?? []).join(", ")],
          ["Endpoints", session.ingest_endpoints?.map(({ url }) => url).join(" ") || "none yet"],
        ];
  }
  if (node.kind === "destination") {
    const destination = session.destinations.find((one) => one.destination_id === node.lane);
    return [
      ["Pushed to", destination?.url ?? "the IVS channel of this session"],
      ["Profile", `${destination?.profile}, ${plain(destination?.channel_class ?? "").toLowerCase()}`],
    ];
  }
  if (node.kind === "ivs_channel") {
    return session.playback_urls.map((url) => ["Watched at", html`<code>${url}</code>`]);
  }
  if (node.kind === "storage" && session.recording) {
    return [["Recording", `${session.recording.recording_id}, ${plain(session.recording.status)}`]];
  }
  return [];
}

function linksOf(aws, session, node) {
  const flow = session.source.flow_arn;
  if (node.kind === "source") return aws && flow ? [flowLink(aws, flow)] : [];
  return node.row?.state === "deleted" ? [] : resourceLinks(aws, node.row, flow);
}
