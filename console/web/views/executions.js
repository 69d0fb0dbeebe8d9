/**
 * A session's executions: which there are, and the one that is looked at as its state machine's graph with the path that it
 * took, the state now, what was tried again, what undoes and why, and what is waited for. Beside it the path in words.
 */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { executionLink, functionLogsLink } from "../aws-links.js";
import { drawing } from "../graph/drawing.js";
import { executionList, failureNotice, inWords, statusOf } from "../graph/execution-list.js";
import { ExecutionWatch } from "../graph/execution-watch.js";
import { layoutOf } from "../graph/layout.js";
import { firstItem, itemsOf, pathOf, undoingOf } from "../graph/path.js";
import { inShort, says } from "../graph/says.js";
import { stateDetails, stepList } from "../graph/step-list.js";
import { nextDrawing } from "../focus.js";
import { badge, problemNotice } from "../parts.js";
import { byKey, optionOf } from "../choosing.js";
import { Size } from "../size.js";
import { plain } from "../words.js";

const ZOOMS = [0.5, 0.7, 0.85, 1, 1.25, 1.6];

class Executions {
  title = "Executions";

  constructor(page, id, name) {
    this._page = page;
    this._id = id;
    this.heading = name === null ? "main h1" : "#looked";
    this._watch = new ExecutionWatch(page.api, id, name, () => this._told());
    this._looking = null; // the name of the execution that the rest is about
    this._status = null;
    this._item = null; // the one that the viewer chose
    this._state = null;
    this._step = null;
    this._focused = null;
    this._zoom = null; // null: as wide as there is room
    this._all = false;
    this._shown = null;
    this._size = new Size();
    this._on = {
      choose: (event) => this._choose(optionOf(event)),
      key: (event) => byKey(event, (state) => this._choose(state)),
      focus: (event) => this._set({ _focused: optionOf(event) ?? this._focused }),
    };
  }

  template() {
    const { list, problem } = this._watch;
    return html`<h2>Executions</h2>
      ${this._page.watch?.problem ? nothing : problemNotice(problem)}
      ${list ? this._list(list) : problem ? nothing : html`<p class="waiting">Reading …</p>`}
      ${this._watch.execution ? this._looked(this._watch.execution) : nothing}`;
  }

  changed(ids) {
    if (ids === null || ids.has(this._id)) this._watch.changed();
  }

  close() {
    this._watch.close();
  }

  _list(list) {
    return executionList(list, {
      id: this._id,
      looked: this._watch.name,
      known: this._watch.execution,
      truncated: this._watch.truncated,
      now: this._page.clock.now(),
      all: this._all,
      showAll: () => this._set({ _all: true }),
    });
  }

  _looked(execution) {
    const shown = this._path(execution);
    const now = this._page.clock.now();
    const aws = this._page.config.aws;
    const links = [executionLink(aws, execution.arn), functionLogsLink(aws, execution.arn)].filter(Boolean);
    const state = shown.states.get(this._state);
    const steps = shown.path.steps.filter((step) => step.state === this._state);
    const step = steps.find((one) => one.key === this._step) ?? steps.at(-1);
    return html`<section aria-labelledby="looked" data-execution=${execution.execution} data-status=${execution.status}>
      <div class="head">
        <h2 id="looked" tabindex="-1">${inWords(execution.machine)}</h2>
        ${badge(statusOf(execution))} <code>${execution.execution}</code>
        ${links.map(({ label, href }) => html`<a class="away" href=${href} rel="noreferrer">${label} in AWS</a>`)}
      </div>
      ${failureNotice(execution)} ${this._now(shown, now)}
      ${
        execution.truncated
          ? html`<p class="notice">Its history is longer than what is read of it: only its newest part is shown.</p>`
          : nothing
      }
      <div class="tools">${this._items(shown.items)} ${this._zooms()}</div>
      <div class="beside">
        <div class="scrolls panel graph" tabindex="0" role="region" aria-label="Graph of the state machine">
          ${drawing(shown.layout, shown.path, {
            chosen: this._state,
            focused: this._focused,
            label: `The states of ${inWords(execution.machine)} and the path taken`,
            now,
            on: this._on,
            size: this._size.of(shown.layout.width + 16, this._zoom ?? 1),
            fits: this._zoom === null,
          })}
          <p class="hint" id="graph-keys">The arrow keys go from state to state, Enter shows its details.</p>
        </div>
        <div class="path">
          ${
            state
              ? stateDetails(state, step, { undoes: shown.undoing.has(state.name), now, close: () => this._close() })
              : nothing
          }
          <div class="scrolls panel" tabindex="0" role="region" aria-label="The path taken">
            <h3>The path taken</h3>
            ${
              shown.path.steps.length
                ? stepList(shown.path.steps, {
                    chosen: state ? (step?.key ?? null) : null,
                    undoing: shown.undoing,
                    now,
                    choose: (name, key) => this._choose(name, key),
                  })
                : html`<p>
                    ${execution.status === "GONE" ? "AWS keeps it no more." : "Nothing has been entered yet."}
                  </p>`
            }
          </div>
        </div>
      </div>
    </section>`;
  }

  /** Made anew when the execution was read or another item is chosen, not at each redraw. */
  _path(execution) {
    const key = `${this._watch.version} ${this._item}`;
    if (this._shown?.key !== key) {
      const items = itemsOf(execution.visits);
      if (!items.some((item) => item.value === this._item)) this._item = null;
      const undoing = undoingOf(execution.graph);
      const layout = layoutOf(execution.graph);
      const item = this._item ?? firstItem(execution.visits);
      const states = new Map(layout.boxes.map((box) => [box.name, box.state]));
      this._shown = { key, items, item, undoing, layout, states, path: pathOf(execution, item, undoing) };
    }
    return this._shown;
  }

  /** What goes on now, in words: the states that run or wait, in whichever branch. */
  _now(shown, now) {
    const here = shown.path.steps.filter((step) => step.inside === null && step.left_at === null);
    const branches = shown.items.filter((item) => item.now);
    if (!here.length && !branches.length) return nothing;
    const said = branches.length
      ? branches.map((item) => ({ whose: itemInWords(item), item: item.value, step: item.now }))
      : here.map((step) => ({ whose: "", item: null, step }));
    return html`<ul class="now" id="now" aria-label="Now">
      ${said.map(
        ({ whose, item, step }) =>
          html`<li class="tone ${says(step.status).tone}" data-item=${whose || nothing} data-state=${step.state}>
            <span aria-hidden="true">${says(step.status).sign}</span>
            <button class="plain" @click=${() => this._choose(step.state, null, item)}>
              ${whose ? `${whose}: ` : ""}${step.state}
            </button>
            ${inShort(step, now)}
          </li>`,
      )}
    </ul>`;
  }

  _items(items) {
    if (items.length < 2) return nothing;
    const chosen = this._shown.item;
    return html`<p>
      <label for="item">Path of</label>
      <select id="item" @change=${(event) => this._set({ _item: event.target.value, _step: null })}>
        ${items.map(
          (item) =>
            html`<option value=${item.value} ?selected=${item.value === chosen}>
              ${itemInWords(item)}${item.failed ? " (failed)" : ""}
            </option>`,
        )}
      </select>
    </p>`;
  }

  _zooms() {
    const to = (step) => {
      const at = ZOOMS.indexOf(this._zoom ?? 0.85) + step;
      this._set({ _zoom: ZOOMS[Math.max(0, Math.min(ZOOMS.length - 1, at))] });
    };
    return html`<div class="zooms" role="group" aria-label="Size of the graph">
      <button id="zoom-out" aria-label="Smaller" @click=${() => to(-1)}>−</button>
      <button id="zoom-in" aria-label="Larger" @click=${() => to(1)}>+</button>
      <button
        id="zoom-fit"
        aria-pressed=${this._zoom === null ? "true" : "false"}
        @click=${() => this._set({ _zoom: null })}
      >
        Fit
      </button>
    </div>`;
  }

  /** `key`: which visit of the state, if not the last one; `item`: whose path is to be shown, if another. */
  _choose(name, key = null, item = null) {
    if (!name) return;
    this._set({ _state: name, _step: key, _focused: name, _item: item ?? this._item });
    const { path } = this._path(this._watch.execution);
    this._page.announce(`${name}: ${says(path.states.get(name)?.last.status).words}`);
    toSight(`.state-graph [data-state="${CSS.escape(name)}"]`);
    toSight("#steps li:has([aria-current=true])");
  }

  _close() {
    const name = this._state;
    this._set({ _state: null, _step: null });
    const box = document.querySelector(`.state-graph [data-state="${CSS.escape(name)}"]`);
    if (box instanceof SVGElement) box.focus();
  }

  _told() {
    const execution = this._watch.execution;
    if (execution?.execution !== this._looking) {
      Object.assign(this, { _item: null, _state: null, _step: null, _focused: null, _status: null });
      this._looking = execution?.execution;
    }
    if (execution && this._status === "RUNNING" && execution.status !== "RUNNING") {
      this._page.announce(`${inWords(execution.machine)}: ${plain(execution.status).toLowerCase()}`);
    }
    this._status = execution?.status ?? null;
    this._page.draw();
  }

  _set(changes) {
    Object.assign(this, changes);
    this._page.draw();
  }
}

function itemInWords(item) {
  return item.label || (item.number === null ? "an item" : `item ${item.number + 1}`);
}

/** Scrolls what was chosen elsewhere to where it is seen, once it is drawn, and within its own region alone. */
function toSight(selector) {
  nextDrawing(() => {
    const element = document.querySelector(selector);
    const region = element?.closest(".scrolls");
    if (!region) return;
    const [box, frame] = [element.getBoundingClientRect(), region.getBoundingClientRect()];
    if (box.top < frame.top || box.bottom > frame.bottom) region.scrollTop += box.top - frame.top - frame.height / 3;
    if (box.left < frame.left || box.right > frame.right) region.scrollLeft += box.left - frame.left - frame.width / 3;
  });
}

/** @param {Record<string, string | undefined>} parameters */
export function open(page, parameters) {
  return new Executions(page, parameters.id, parameters.execution ?? null);
}
