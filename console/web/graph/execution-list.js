/** A session's executions as a table, and what one of them is called and says of its failure. Used by `views/executions.js`. */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { badge, when } from "../parts.js";
import { duration, plain, secondsBetween } from "../words.js";

const SHOWN = 6; // before the others are asked for

/**
 * @param {any[]} list as the API answers it, the newest first
 * @param {{id: string, looked: string | null, known: any, truncated: boolean, now: number, all: boolean,
 *   showAll: () => void}} shown `looked`: the name of the one that is looked at; `known`: that one, as it was read last
 */
export function executionList(list, { id, looked, known, truncated, now, all, showAll }) {
  if (!list.length) return html`<p class="panel" id="no-executions">Nothing has been asked for yet that needs one.</p>`;
  const rows = (all ? list : list.slice(0, SHOWN)).map((one) => (known?.execution === one.execution ? known : one));
  return html`<div class="scrolls panel" tabindex="0" role="region" aria-label="All executions">
      <table class="executions" id="executions">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Status</th>
            <th scope="col">Started</th>
            <th scope="col">Took</th>
            <th scope="col">Requested by</th>
            <th scope="col">Of</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map((one) => row(one, id, one.execution === looked, now))}
        </tbody>
      </table>
    </div>
    ${truncated ? html`<p class="hint">There are older ones, which are not listed.</p>` : nothing}
    ${
      list.length > rows.length
        ? html`<p><button id="all-executions" @click=${showAll}>Show all ${list.length}</button></p>`
        : nothing
    }`;
}

function row(one, id, isLooked, now) {
  return html`<tr class=${isLooked ? "looked" : ""} data-execution=${one.execution} data-status=${one.status}>
    <th scope="row">
      <a href="#/sessions/${id}/executions/${one.execution}" aria-current=${isLooked ? "true" : nothing}
        >${inWords(one.machine)}</a
      >
    </th>
    <td>${badge(statusOf(one))}</td>
    <td>${when(one.started_at)}</td>
    <td>${one.started_at ? duration(secondsBetween(one.started_at, one.stopped_at ?? now)) : "–"}</td>
    <td>${one.requested_by ?? "OnAir itself"}</td>
    <td>${one.recording_id ? `recording ${one.recording_id}` : `operation ${one.operation}`}</td>
  </tr>`;
}

/** The status as it is shown: an execution that runs is under way, not on the air. */
export function statusOf({ status }) {
  return status === "RUNNING" ? "running" : status;
}

/** "provision_session" as "Provision session". */
export function inWords(machine) {
  const words = plain(machine);
  return words[0].toUpperCase() + words.slice(1);
}

/** Why an execution failed, and what to do: the API tells both in one text. */
export function failureNotice({ status, error }) {
  if (!error) return nothing;
  const [cause, remedy] = error.cause.split(" What to do: ");
  const title = status === "ABORTED" ? "It was stopped" : "It failed";
  return html`<div class="notice bad" id="failure">
    <p><strong>${title}</strong> <code>${error.name}</code></p>
    <p>${cause}</p>
    ${remedy ? html`<p><strong>What to do:</strong> ${remedy}</p>` : nothing}
  </div>`;
}
