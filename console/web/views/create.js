/**
 * A new session: a host's encoder that pushes to it, or a MediaConnect flow that runs already. The form says what the
 * API takes ("The request" in docs/reference/api.md), and the API says what is wrong with it.
 */

import { repeat } from "/lib/lit-html/directives/repeat.js";
import { html, nothing } from "/lib/lit-html/lit-html.js";
import { LostError, ProblemError, problemOf } from "../api.js";
import { beginningFields } from "../create/beginning.js";
import { destinationFields } from "../create/destination.js";
import { Faults } from "../create/faults.js";
import { textField } from "../create/fields.js";
import { limitFields } from "../create/limits.js";
import { sourceFields } from "../create/source.js";
import { specOf } from "../create/spec.js";
import { focusSoon, keepFocus, nextDrawing } from "../focus.js";
import { action, problemNotice } from "../parts.js";

const MOST_DESTINATIONS = 20;

class Create {
  title = "New session";

  constructor(page) {
    this._page = page;
    /** What the form's shape depends on; what is filled in is in the form alone. */
    this._state = { hosted: true, who: "these", provisions: true, goesLive: false, records: false };
    this._count = 0;
    this._destinations = [this._newDestination("ivs")];
    this._faults = new Faults();
    this._problem = null;
    this._busy = false;
    this._closed = false;
    this._key = crypto.randomUUID();
  }

  close() {
    this._closed = true;
  }

  template() {
    const fault = (name) => this._faults.of(name);
    const change = (state) => this._change(state);
    return html`<div class="head"><h1 tabindex="-1">New session</h1></div>
      ${problemNotice(this._problem, () => this._dismiss())}
      <form
        id="create"
        class="create"
        autocomplete="off"
        @submit=${(event) => this._submit(event)}
        @input=${(event) => this._mended(event.target.name)}
      >
        <section class="panel" aria-labelledby="show-title">
          <h2 id="show-title">The show</h2>
          <div class="fields">
            ${textField({ name: "name", label: "Name", required: true, most: 120, fault: fault("name") })}
            ${
              this._page.caller.operator
                ? textField({
                    name: "owner",
                    label: "Owner",
                    most: 120,
                    hint: "You, unless told. The owner alone is shown where the encoder pushes to.",
                    fault: fault("owner"),
                  })
                : nothing
            }
          </div>
          ${sourceFields(this._state, fault, change)}
        </section>
        <section class="panel" aria-labelledby="where-title">
          <h2 id="where-title">${this._state.hosted ? "Where it goes" : "Where it goes, one or more"}</h2>
          ${this._where()}
        </section>
        <section class="panel" aria-labelledby="how-title">
          <h2 id="how-title">How it begins</h2>
          ${beginningFields({ ...this._state, several: this._shown.length > 1 }, fault, change)}
        </section>
        <section class="panel" aria-labelledby="limits-title">
          <h2 id="limits-title">Limits</h2>
          ${limitFields(fault)}
        </section>
        <div class="actions">
          ${action({ id: "create-session", label: "Create the session", kind: "primary", type: "submit", busy: this._busy, run: null })}
          <a class="button" href="#/">Cancel</a>
        </div>
      </form>`;
  }

  get _shown() {
    return this._state.hosted ? this._destinations.slice(0, 1) : this._destinations;
  }

  _where() {
    const shown = this._shown;
    return html`${repeat(
      shown,
      (destination) => destination.key,
      (destination, index) =>
        destinationFields({
          destination,
          number: shown.length > 1 ? index + 1 : 0,
          hosted: this._state.hosted,
          fault: (name) => this._faults.of(name),
          change: (platform) => this._platform(destination.key, platform),
          remove: shown.length > 1 ? () => this._remove(destination.key) : null,
        }),
    )}
    ${
      this._state.hosted
        ? nothing
        : action({
            id: "add-destination",
            label: "Add a destination",
            why: shown.length >= MOST_DESTINATIONS ? `A session has ${MOST_DESTINATIONS} destinations at most.` : null,
            run: () => this._add(),
          })
    }`;
  }

  _newDestination(platform) {
    this._count += 1;
    return { key: `d${this._count}`, platform };
  }

  _change(state) {
    // A flow's show goes on the air at once, a host's waits for its host, unless told.
    const begins = "hosted" in state ? { goesLive: !state.hosted && this._state.provisions, records: false } : {};
    this._show({ _state: { ...this._state, ...begins, ...state } });
  }

  _platform(key, platform) {
    this._show({ _destinations: this._destinations.map((one) => (one.key === key ? { key, platform } : one)) });
  }

  _add() {
    const added = this._newDestination("youtube");
    this._show({ _destinations: [...this._destinations, added] });
    focusSoon(`#field-destinations-${added.key}-platform`);
  }

  _remove(key) {
    this._show({ _destinations: this._destinations.filter((one) => one.key !== key) });
    focusSoon("#add-destination"); // what had the focus is gone
  }

  _dismiss() {
    this._show({ _problem: null });
    keepFocus("#field-name");
  }

  _mended(name) {
    if (this._faults.forget(name)) this._page.draw();
  }

  _show(state) {
    Object.assign(this, state);
    this._page.draw();
  }

  async _submit(event) {
    event.preventDefault();
    if (this._busy) return;
    const form = event.target;
    const keys = this._shown.map((one) => one.key);
    this._show({ _busy: true, _problem: null });
    try {
      const session = await this._page.api.createSession(specOf(new FormData(form), keys), this._key);
      forgetSecrets(form);
      if (this._closed) return; // who has gone on is not called back: the list shows it
      this._page.announce("The session is made");
      this._page.go(`/sessions/${session.session_id}`);
    } catch (error) {
      this._refused(error, form, keys);
    } finally {
      this._show({ _busy: false });
    }
  }

  _refused(error, form, keys) {
    if (error instanceof LostError) {
      // Perhaps it was made: the same form under the same key makes it once, so its secrets stay for that.
      this._problem = {
        ...problemOf(error),
        remedy: "Press “Create the session” again: under the same key it is made once, however often it is asked for.",
      };
      return;
    }
    const problem = problemOf(error);
    const others = this._faults.take(problem.errors ?? [], keys, (name) => form.elements.namedItem(name) !== null);
    const forgot = forgetSecrets(form);
    this._problem = this._faults.size
      ? {
          title: problem.title,
          name: problem.name,
          detail: `What is wrong is said at ${this._faults.size === 1 ? "the field" : `each of the ${this._faults.size} fields`}.`,
          errors: others,
          remedy: `Correct it and create the session again. Nothing was made.${forgot}`,
        }
      : { ...problem, remedy: `${problem.remedy ?? ""}${forgot}` };
    // What a failure of the API broke off is finished under the same key; what was refused is asked anew.
    if (error instanceof ProblemError && error.status < 500) this._key = crypto.randomUUID();
    focusFault(form);
  }
}

/** Take the secrets out of the form: they were answered. */
function forgetSecrets(form) {
  const filled = [...form.querySelectorAll("input[type=password]")].filter((input) => input.value);
  for (const input of filled) input.value = "";
  return filled.length ? " Stream keys and passwords are not kept: enter them again." : "";
}

function focusFault(form) {
  nextDrawing(() => {
    const faulty = [...form.querySelectorAll("[aria-invalid=true]")];
    for (const control of faulty) control.closest("details")?.setAttribute("open", "");
    faulty[0]?.focus();
  });
}

export function open(page) {
  return new Create(page);
}
