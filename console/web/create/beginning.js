/** What becomes of the session as soon as it is made: channels, going on the air, recording. */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { selectField, tick } from "./fields.js";

/**
 * `state` is `{hosted, several, provisions, goesLive, records}`; `fault(name)` what is wrong with a field; `change` is
 * told what of the state is another.
 */
export function beginningFields(state, fault, change) {
  const channels = state.hosted ? "channel" : "channels";
  return html`${tick({
    name: "provision",
    label: `Make the ${channels} now`,
    hint: "Else nothing is made and nothing costs until you ask for it.",
    checked: state.provisions,
    change: (on) => change({ provisions: on, goesLive: on && state.goesLive }),
    fault: fault("provision"),
  })}
  ${
    state.provisions
      ? tick({
          name: "go_live",
          label: `Go on the air as soon as the ${channels} ${state.hosted ? "is" : "are"} there`,
          hint: state.hosted ? "Else it waits for its host." : "Else it waits, off the air.",
          checked: state.goesLive,
          change: (on) => change({ goesLive: on }),
          fault: fault("go_live"),
        })
      : nothing
  }
  ${
    !state.hosted || (state.goesLive && state.provisions)
      ? tick({
          name: "record",
          label: "Record from going on the air on",
          hint: state.hosted
            ? "Or start it by hand at any time."
            : "A recorder is made for it. Without one it can't be recorded later.",
          checked: state.records,
          change: (on) => change({ records: on }),
          fault: fault("record"),
        })
      : html`<p class="hint">It can be recorded whenever you want.</p>`
  }
  ${
    state.several
      ? selectField({
          name: "on_destination_failure",
          label: "If a destination fails",
          options: [
            ["continue", "The others go on without it"],
            ["abort", "None goes on the air: all or nothing"],
          ],
          selected: "continue",
          fault: fault("on_destination_failure"),
        })
      : nothing
  }`;
}
