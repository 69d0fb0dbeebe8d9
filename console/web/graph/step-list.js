/** The path of an execution as a list, one entry a visit: everything that its graph shows, in words. */

import { repeat } from "/lib/lit-html/directives/repeat.js";
import { html, nothing } from "/lib/lit-html/lit-html.js";
import { when } from "../parts.js";
import { counted, timeOfDay, utc } from "../words.js";
import { reasonInWords, says, tookInWords, typeInWords, waitInWords } from "./says.js";

/**
 * @param {import("./path.js").Step[]} steps
 * @param {{chosen: string | null, undoing: Set<string>, now: number, choose: (state: string, key: string) => void}} shown
 */
export function stepList(steps, { chosen, undoing, now, choose }) {
  return html`<ol class="steps" id="steps" aria-label="The path, step by step">
    ${repeat(
      steps,
      (step) => step.key,
      (step) => entry(step, step.key === chosen, undoing.has(step.state), now, choose),
    )}
  </ol>`;
}

function entry(step, isChosen, undoes, now, choose) {
  const { sign, tone, words } = says(step.status);
  return html`<li
    class="tone ${tone} ${undoes ? "undoes" : ""} ${step.inside ? "inside" : ""}"
    data-state=${step.state}
    data-status=${step.status}
    data-item=${step.item_label ?? step.item ?? nothing}
  >
    <button class="plain" aria-current=${isChosen ? "true" : "false"} @click=${() => choose(step.state, step.key)}>
      <span class="sign" aria-hidden="true">${sign}</span>
      <span class="name">${undoes ? html`<span aria-hidden="true">↩ </span>` : nothing}${step.state}</span>
      ${step.item_label ? html`<span class="quiet">${step.item_label}</span>` : nothing}
    </button>
    <p class="facts-line">
      <span>${words}</span>
      ${
        step.entered_at
          ? html`<time datetime=${step.entered_at} title=${utc(step.entered_at)}>${timeOfDay(step.entered_at)}</time>`
          : nothing
      }
      <span>${tookInWords(step, now)}</span>
      ${step.retry_count ? html`<span>↻ tried again ${counted(step.retry_count, "time")}: ${errorsOf(step)}</span>` : nothing}
    </p>
    ${step.waits_for ? html`<p class="facts-line">◷ ${waitInWords(step.waits_for, now)}</p>` : nothing}
    ${step.because ? html`<p class="facts-line">${undoes ? "↩ " : ""}${reasonInWords(step.because)}</p>` : nothing}
    ${step.error ? html`<p class="facts-line"><code>${step.error.name}</code> ${step.error.cause}</p>` : nothing}
  </li>`;
}

/** The names of the errors that a step was tried again for. */
function errorsOf(step) {
  return [...new Set(step.retries.map((retry) => retry.error))].join(", ");
}

/** The details of a state, and of its chosen visit if it has been entered. */
export function stateDetails(state, step, { undoes, now, close }) {
  const { sign, tone, words } = says(step?.status);
  return html`<section class="panel details" id="state-details" aria-label="Details of the state">
    <div class="head">
      <h3>${undoes ? "↩ " : ""}${state.name}</h3>
      <button class="small" id="close-details" @click=${close}>Close</button>
    </div>
    <p>
      <span class="badge ${tone}"><span aria-hidden="true">${sign}</span> ${words}</span>
      <span class="quiet">${typeInWords(state.type)}${undoes ? ", undoes" : ""}</span>
    </p>
    ${state.comment ? html`<p>${state.comment}</p>` : nothing} ${step ? visitDetails(step, now) : nothing}
  </section>`;
}

function visitDetails(step, now) {
  return html`<dl class="facts">
      ${
        step.item_label
          ? html`<dt>Of</dt>
              <dd>${step.item_label}</dd>`
          : nothing
      }
      <dt>Entered</dt>
      <dd>${when(step.entered_at)}</dd>
      <dt>${step.left_at ? "Took" : "So far"}</dt>
      <dd>${tookInWords(step, now)}</dd>
      ${
        step.because
          ? html`<dt>Why</dt>
              <dd>${reasonInWords(step.because)}</dd>`
          : nothing
      }
      ${
        step.waits_for
          ? html`<dt>Waits for</dt>
              <dd>${waitInWords(step.waits_for, now)}</dd>`
          : nothing
      }
      ${
        step.left_to
          ? html`<dt>Went on to</dt>
              <dd>${step.left_to}</dd>`
          : nothing
      }
      ${
        step.retry_count
          ? html`<dt>Tried again</dt>
              <dd>${counted(step.retry_count, "time")}</dd>`
          : nothing
      }
    </dl>
    ${
      step.error
        ? html`<p class="notice ${step.status === "failed" ? "bad" : "warn"}">
            <strong>${step.error.name}</strong><br />${step.error.cause}
          </p>`
        : nothing
    }
    ${
      step.retries.length
        ? html`<h4>Retries${step.retries.length < step.retry_count ? `, the last ${step.retries.length}` : ""}</h4>
            <ol class="retries">
              ${step.retries.map(
                (retry) =>
                  html`<li>
                    <time datetime=${retry.at} title=${utc(retry.at)}>${timeOfDay(retry.at)}</time>
                    <code>${retry.error}</code> ${retry.cause}
                  </li>`,
              )}
            </ol>`
        : nothing
    }`;
}
