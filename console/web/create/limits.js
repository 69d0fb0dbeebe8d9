/** What ends the session by itself, as the form asks for it: its longest time, its input's absence, its budget. */

import { html } from "/lib/lit-html/lit-html.js";
import { numberField, selectField } from "./fields.js";

/** `fault(name)` is what is wrong with a field. */
export function limitFields(fault) {
  return html`<div class="fields">
    ${numberField({
      name: "max_continuous_duration",
      label: "Longest time, minutes",
      least: 10,
      most: 10080,
      value: 720,
      required: true,
      hint: "From now on; then it is ended, after warnings. It can be extended. 720 are 12 hours.",
      fault: fault("max_continuous_duration"),
    })}
    ${numberField({
      name: "idle_timeout",
      label: "Without input, minutes",
      least: 1,
      most: 1440,
      value: 30,
      hint: "It is ended if its running channels have no input for so long. Empty: never.",
      fault: fault("idle_timeout"),
    })}
    ${numberField({
      name: "budget.usd",
      label: "Budget, US dollars",
      least: 0.01,
      most: 1_000_000,
      step: "0.01",
      hint: "Empty: none.",
      fault: fault("budget.usd"),
    })}
    ${selectField({
      name: "budget.when_spent",
      label: "When it is spent",
      options: [
        ["warn", "Warn"],
        ["end", "End the session"],
      ],
      selected: "warn",
      fault: fault("budget.when_spent"),
    })}
  </div>`;
}
