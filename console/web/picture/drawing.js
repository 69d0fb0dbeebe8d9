/** The resource picture as SVG: lanes, edges that flow while media flows, and a box for each resource. */

import { repeat } from "/lib/lit-html/directives/repeat.js";
import { html, nothing, svg } from "/lib/lit-html/lit-html.js";
import { sign } from "../parts.js";
import { plain } from "../words.js";
import { said } from "../choosing.js";
import { VERDICTS } from "./desired.js";
import { BOX } from "./places.js";

const LONGEST = 19; // characters that fit into a box

/**
 * @param {ReturnType<import("./places.js").placed>} places
 * @param {{chosen: string | null, focused: string | null, label: string, size: any,
 *   on: {choose: any, key: any, focus: any}}} shown
 */
export function drawing(places, { chosen, focused, label, size, on }) {
  const known = places.boxes.some((box) => box.node.id === focused) ? focused : places.boxes[0].node.id;
  return html`<svg
    class="resource-picture"
    ${size}
    viewBox="0 0 ${places.width} ${places.height}"
    role="listbox"
    aria-label=${label}
    aria-describedby="picture-keys"
    @click=${on.choose}
    @keydown=${on.key}
    @focusin=${on.focus}
  >
    <g aria-hidden="true">
      ${places.headings.map(({ text, x, y }) => svg`<text class="heading" x=${x} y=${y}>${text}</text>`)}
      ${repeat(
        places.lanes,
        ({ lane }) => lane.id,
        ({ lane, x, y, width, height }) => svg`<g data-lane=${lane.id}>
          <rect class="lane" x=${x} y=${y} width=${width} height=${height} rx="8" />
          <text class="lane-name" x=${x + 10} y=${y + 20}>${lane.title}<tspan class="quiet" dx="8">${lane.note}</tspan
          ><tspan class="tone ${VERDICT_TONE[lane.verdict]}" dx="8">${sign(lane.status)} ${plain(lane.status)}</tspan></text>
        </g>`,
      )}
      ${repeat(
        places.edges,
        (edge) => edge.key,
        (edge) => svg`<g class="pipe ${edge.how}" data-from=${edge.from} data-to=${edge.to} data-how=${edge.how}>
          <path class="wall" d=${edge.d} /><path class="media" d=${edge.d} />
        </g>`,
      )}
    </g>
    ${repeat(
      places.boxes,
      (box) => box.node.id,
      (box) => boxOf(box, chosen === box.node.id, known === box.node.id),
    )}
  </svg>`;
}

/** The tone (`parts.js`) that a verdict has. */
export const VERDICT_TONE = {
  live: "live",
  good: "good",
  busy: "busy",
  warn: "warn",
  bad: "bad",
  idle: "idle",
  unknown: "idle",
  over: "over",
};

/** A box in one sentence, to be announced. */
export function inWords(node) {
  const whose = node.lane ? ` of ${node.lane}` : "";
  return `${node.title}${whose}: is ${node.is}, should be ${node.should}; ${VERDICTS[node.verdict].words}`;
}

function boxOf({ node, x, y }, isChosen, isInOrder) {
  return svg`<g
    class="box ${node.kind} ${node.verdict} tone ${VERDICT_TONE[node.verdict]}"
    id="node-${node.id}"
    transform="translate(${x} ${y})"
    role="option"
    tabindex=${isInOrder ? "0" : "-1"}
    aria-selected=${isChosen ? "true" : "false"}
    data-option=${node.id}
    data-kind=${node.kind}
    data-lane=${node.lane || nothing}
    data-is=${node.is}
    data-should=${node.should}
    data-verdict=${node.verdict}
  >
    <rect class="frame" width=${BOX.width} height=${BOX.height} rx="8" />
    <text class="title" x="10" y="20">${short(node.title)}</text>
    ${node.lane ? said(`of ${node.lane} is`) : said("is")}
    <text class="sign" aria-hidden="true" x=${BOX.width - 10} y="20" text-anchor="end">${VERDICTS[node.verdict].sign}</text>
    <text class="is" x="10" y="38">${short(node.is)}</text>
    <text class="should" x="10" y="54">should be ${short(node.should)}</text>
    ${said(VERDICTS[node.verdict].words)}
  </g>`;
}

function short(text) {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
