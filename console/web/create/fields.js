/** A form's fields: a label, a control, a hint, and what the API found wrong with it, tied together for every kind of reader. */

import { html, nothing } from "/lib/lit-html/lit-html.js";

/** The id of the control of that name. */
function idOf(name) {
  return `field-${name.replaceAll(".", "-")}`;
}

/**
 * @typedef {{name: string, label: unknown, hint?: unknown, fault?: string}} Field `fault`: what is wrong with it, behind "It".
 */

/**
 * A field around its control. `control` is given what ties it to the rest: `{id, name, described, invalid}`.
 *
 * @param {Field & {control: (tie: any) => unknown}} settings
 */
export function field({ name, label, hint, fault, control }) {
  const id = idOf(name);
  const described = [fault ? `${id}-fault` : "", hint ? `${id}-hint` : ""].filter(Boolean).join(" ");
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${control({ id, name, described: described || nothing, invalid: fault ? "true" : nothing })}
    ${hint ? html`<p class="hint" id="${id}-hint">${hint}</p>` : nothing}
    ${fault ? html`<p class="fault" id="${id}-fault"><span aria-hidden="true">✕</span> It ${fault}.</p>` : nothing}
  </div>`;
}

/**
 * A line of text of `most` characters.
 *
 * @param {Field & {required?: boolean, most?: number, placeholder?: string}} settings
 */
export function textField({ required = false, most, placeholder, ...settings }) {
  const control = ({ id, name, described, invalid }) =>
    html`<input
      id=${id}
      name=${name}
      type="text"
      autocomplete="off"
      spellcheck="false"
      ?required=${required}
      maxlength=${most ?? nothing}
      placeholder=${placeholder ?? nothing}
      aria-describedby=${described}
      aria-invalid=${invalid}
    />`;
  return field({ control, ...settings });
}

/**
 * A secret: not shown, and not for the browser to remember.
 *
 * @param {Field & {required?: boolean}} settings
 */
export function secretField({ required = false, ...settings }) {
  const control = ({ id, name, described, invalid }) =>
    html`<input
      id=${id}
      name=${name}
      type="password"
      autocomplete="off"
      data-1p-ignore
      data-lpignore="true"
      maxlength="1024"
      ?required=${required}
      aria-describedby=${described}
      aria-invalid=${invalid}
    />`;
  return field({ control, ...settings });
}

/** @param {Field & {least: number, most: number, step?: string, value?: number, required?: boolean}} settings */
export function numberField({ least, most, step = "1", value, required = false, ...settings }) {
  const control = ({ id, name, described, invalid }) =>
    html`<input
      id=${id}
      name=${name}
      type="number"
      inputmode="decimal"
      min=${least}
      max=${most}
      step=${step}
      value=${value ?? nothing}
      ?required=${required}
      aria-describedby=${described}
      aria-invalid=${invalid}
    />`;
  return field({ control, ...settings });
}

/**
 * `options` are [value, words]; `change` is told the value that was chosen.
 *
 * @param {Field & {options: string[][], selected: string, change?: (value: string) => void}} settings
 */
export function selectField({ options, selected, change = undefined, ...settings }) {
  const control = ({ id, name, described, invalid }) =>
    html`<select
      id=${id}
      name=${name}
      @change=${(event) => change?.(event.target.value)}
      aria-describedby=${described}
      aria-invalid=${invalid}
    >
      ${options.map(([value, words]) => html`<option value=${value} ?selected=${value === selected}>${words}</option>`)}
    </select>`;
  return field({ control, ...settings });
}

/**
 * A box to tick.
 *
 * @param {Field & {checked: boolean, change: (on: boolean) => void}} settings
 */
export function tick({ name, label, hint, fault, checked, change }) {
  const id = idOf(name);
  return html`<div class="field tick">
    <input
      id=${id}
      name=${name}
      type="checkbox"
      .checked=${checked}
      @change=${(event) => change(event.target.checked)}
      aria-describedby=${hint ? `${id}-hint` : nothing}
      aria-invalid=${fault ? "true" : nothing}
    />
    <label for=${id}>${label}</label>
    ${hint ? html`<p class="hint" id="${id}-hint">${hint}</p>` : nothing}
    ${fault ? html`<p class="fault"><span aria-hidden="true">✕</span> It ${fault}.</p>` : nothing}
  </div>`;
}

/** One of several, each with its own words: `options` are [value, label, hint]. */
export function choice({ name, legend, options, selected, change }) {
  return html`<fieldset class="choice">
    <legend>${legend}</legend>
    ${options.map(([value, label, hint]) => {
      const id = `${idOf(name)}-${value}`;
      return html`<div class="field tick">
        <input
          id=${id}
          type="radio"
          name=${name}
          value=${value}
          .checked=${value === selected}
          @change=${() => change(value)}
          aria-describedby="${id}-hint"
        />
        <label for=${id}>${label}</label>
        <p class="hint" id="${id}-hint">${hint}</p>
      </div>`;
    })}
  </fieldset>`;
}
