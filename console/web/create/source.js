/** Where the show comes from: a host's encoder, with who may push, or a flow. */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { choice, field, textField } from "./fields.js";

const WAYS = [
  ["rtmp", "A host's encoder", "OBS or another encoder pushes RTMP to an endpoint that the session makes."],
  ["flow", "A MediaConnect flow", "A flow that runs already, and stays yours, goes to one or more platforms."],
];
const WHO = [
  ["these", "Only from these networks", "The safe way, where the encoder's address is known."],
  [
    "anyone",
    "From anywhere",
    "The names in the endpoint are then all that keeps others out. For encoders whose address changes.",
  ],
];

/** `state` is `{hosted, who}`; `fault(name)` what is wrong with a field; `change` is told what of the state is another. */
export function sourceFields(state, fault, change) {
  return html`${choice({
    name: "source.type",
    legend: "Where it comes from",
    options: WAYS,
    selected: state.hosted ? "rtmp" : "flow",
    change: (way) => change({ hosted: way === "rtmp" }),
  })}
  ${
    state.hosted
      ? html`${choice({
          name: "who",
          legend: "Who may push",
          options: WHO,
          selected: state.who,
          change: (who) => change({ who }),
        })}
        ${state.who === "these" ? networks(fault) : nothing}`
      : textField({
          name: "source.flow_arn",
          label: "The flow's ARN",
          required: true,
          most: 512,
          placeholder: "arn:aws:mediaconnect:REGION:ACCOUNT:flow:ID:NAME",
          hint: "It must be ACTIVE.",
          fault: fault("source.flow_arn"),
        })
  }`;
}

function networks(fault) {
  return field({
    name: "source.allowed_cidrs",
    label: "Networks",
    hint: "1 to 10 IPv4 networks, one a line: 203.0.113.0/24, or 203.0.113.7/32 for a single address.",
    fault: fault("source.allowed_cidrs"),
    control: ({ id, name, described, invalid }) =>
      html`<textarea
        id=${id}
        name=${name}
        rows="3"
        required
        spellcheck="false"
        aria-describedby=${described}
        aria-invalid=${invalid}
      ></textarea>`,
  });
}
