/** Small pieces that every view uses: a status, a time, a problem, a button that copies, a question to answer. */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { moment, plain, utc } from "./words.js";

/** Tone and sign of each status. The sign and the word tell it, too: colour alone tells nobody anything. */
const STATUS = {
  live: ["live", "●"],
  broadcasting: ["live", "●"],
  recording: ["live", "●"],
  RUNNING: ["live", "●"],
  creating: ["busy", "◔"],
  starting: ["busy", "◔"],
  stopping: ["busy", "◕"],
  ending: ["busy", "◕"],
  processing: ["busy", "◑"],
  retrying: ["warn", "↻"],
  running: ["busy", "◑"],
  waiting: ["busy", "◷"],
  idle: ["idle", "○"],
  IDLE: ["idle", "○"],
  ready: ["good", "✓"],
  done: ["good", "✓"],
  succeeded: ["good", "✓"],
  SUCCEEDED: ["good", "✓"],
  caught: ["warn", "↩"],
  ended: ["over", "■"],
  failed: ["bad", "✕"],
  FAILED: ["bad", "✕"],
  errored: ["bad", "✕"],
  aborted: ["bad", "⊘"],
  ABORTED: ["bad", "⊘"],
  TIMED_OUT: ["bad", "✕"],
  cleanup_incomplete: ["bad", "▲"],
};

const COPIED_FOR = 2_000; // milliseconds that a button says so

/** The tone of a status: live, busy, idle, good, warn, bad or over. */
export function tone(status) {
  return STATUS[status]?.[0] ?? "idle";
}

/** The sign of a status, which stands for its colour. */
export function sign(status) {
  return STATUS[status]?.[1] ?? "·";
}

export function badge(status, words = plain(status).toLowerCase()) {
  return html`<span class="badge ${tone(status)}"><span aria-hidden="true">${sign(status)}</span> ${words}</span>`;
}

/** A moment in the viewer's zone; UTC is its tooltip, and in the markup. */
export function when(iso) {
  return iso ? html`<time datetime=${iso} title=${utc(iso)}>${moment(iso)}</time>` : html`<span>–</span>`;
}

/** What went wrong, why, and what to do. `dismiss`: what its close button does, if it has one. */
export function problemNotice(problem, dismiss) {
  if (!problem) return nothing;
  return html`<div class="notice bad" role="alert">
    <p><strong>${problem.title}</strong> ${problem.name ? html`<code>${problem.name}</code>` : nothing}</p>
    ${problem.detail || problem.cause ? html`<p>${problem.detail ?? problem.cause}</p>` : nothing}
    ${
      problem.errors?.length
        ? html`<ul>
            ${problem.errors.map((fault) => html`<li><code>${fault.field}</code> ${fault.message}</li>`)}
          </ul>`
        : nothing
    }
    ${problem.remedy ? html`<p><strong>What to do:</strong> ${problem.remedy}</p>` : nothing}
    ${dismiss ? html`<button class="small" @click=${dismiss}>Close this message</button>` : nothing}
  </div>`;
}

/** A button that is never just dead: while it can't be used it says why, to every kind of reader. */
export function action({ label, run, why = null, kind = "", type = "button", busy = false, id }) {
  const blocked = why !== null || busy;
  return html`<span class="action">
    <button
      id=${id}
      type=${type}
      class=${kind}
      aria-disabled=${blocked ? "true" : "false"}
      aria-describedby=${why ? `${id}-why` : nothing}
      @click=${blocked ? nothing : run}
    >
      ${busy ? html`<span class="spinner" aria-hidden="true"></span>` : nothing}${label}
    </button>
    ${why ? html`<span class="why" id="${id}-why">${why}</span>` : nothing}
  </span>`;
}

/** Copies `text`, and says so. */
export function copyButton(what, text, announce) {
  const copy = async ({ currentTarget: button }) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      announce(`${what} could not be copied: select it and copy it by hand`);
      return;
    }
    announce(`${what} copied`);
    button.dataset.copied = "";
    setTimeout(() => delete button.dataset.copied, COPIED_FOR);
  };
  return html`<button type="button" class="small" @click=${copy}>Copy <span class="unseen">${what}</span></button>`;
}

/** Close whatever is asked: who asked it is not on the page any more. */
export function closeQuestions() {
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
}

/**
 * Ask a question and wait for the answer: the value of the button that was pressed, null if it was closed.
 * `choices` are {value, label, hint, kind}. The browser's own dialog keeps the focus inside, and Escape closes it.
 */
export function ask({ title, text, choices }) {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    const heading = Object.assign(document.createElement("h2"), { id: "question", textContent: title });
    const words = Object.assign(document.createElement("p"), { textContent: text });
    const form = Object.assign(document.createElement("div"), { className: "choices" });
    dialog.setAttribute("aria-labelledby", "question");
    for (const choice of [...choices, { value: "", label: "Cancel", kind: "" }]) {
      const button = Object.assign(document.createElement("button"), {
        className: choice.kind ?? "",
        textContent: choice.label,
      });
      button.addEventListener("click", () => dialog.close(choice.value));
      if (choice.hint) {
        const hint = Object.assign(document.createElement("span"), { className: "hint", textContent: choice.hint });
        button.append(document.createElement("br"), hint);
      }
      form.append(button);
    }
    dialog.append(heading, words, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue || null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
