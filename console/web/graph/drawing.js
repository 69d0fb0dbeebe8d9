/** A state machine's graph as SVG, with the path that an execution took through it. */

import { repeat } from "/lib/lit-html/directives/repeat.js";
import { html, nothing, svg } from "/lib/lit-html/lit-html.js";
import { HEAD } from "./layout.js";
import { said } from "../choosing.js";
import { counted, plain } from "../words.js";
import { inShort, reasonInWords, says, typeInWords } from "./says.js";

const LONGEST = 32; // characters that fit into a box
const CORNER = 6;

/**
 * @param {import("./layout.js").Layout} layout
 * @param {ReturnType<import("./path.js").pathOf>} path
 * @param {{chosen: string | null, focused: string | null, label: string, now: number, on: {choose: any, key: any,
 *   focus: any}, size: any, fits: boolean}} shown
 */
export function drawing(layout, path, shown) {
  const looked = shown.focused ?? shown.chosen;
  const inOrder = layout.boxes.some((box) => box.name === shown.focused) ? shown.focused : layout.boxes[0].name;
  // What was taken lies above what was not.
  const ways = layout.ways.toSorted(
    (one, other) => Number(path.taken.has(one.key)) - Number(path.taken.has(other.key)),
  );
  return html`<svg
    class="state-graph ${shown.fits ? "fits" : "scaled"}"
    ${shown.size}
    viewBox="-8 -8 ${layout.width + 16} ${layout.height + 16}"
    role="listbox"
    aria-label=${shown.label}
    aria-describedby="graph-keys"
    @click=${shown.on.choose}
    @keydown=${shown.on.key}
    @focusin=${shown.on.focus}
  >
    ${repeat(
      layout.boxes.filter((box) => box.state.graph),
      (box) => box.name,
      (box) => boxOf(box, path, shown, inOrder),
    )}
    <g aria-hidden="true">
      ${repeat(
        ways,
        (way) => way.key,
        (way) => wayOf(way, path.taken.get(way.key)),
      )}
    </g>
    ${repeat(
      layout.boxes.filter((box) => !box.state.graph),
      (box) => box.name,
      (box) => boxOf(box, path, shown, inOrder),
    )}
    <g aria-hidden="true">
      ${repeat(
        layout.ways.filter((way) => way.from === looked || way.to === looked || path.taken.has(way.key)),
        (way) => way.key,
        (way) => labelOf(way, path.taken.get(way.key)),
      )}
    </g>
  </svg>`;
}

function boxOf({ name, state, x, y, width, height }, path, shown, inOrder) {
  const seen = path.states.get(name);
  const step = seen?.last;
  const { sign, tone, words } = says(step?.status);
  const detail = step ? inShort(step, shown.now) : typeInWords(state.type);
  return svg`<g
    class="state tone ${tone} ${state.compensation ? "undoes" : ""} ${state.graph ? "group" : ""}"
    transform="translate(${x} ${y})"
    role="option"
    tabindex=${name === inOrder ? "0" : "-1"}
    aria-selected=${name === shown.chosen ? "true" : "false"}
    data-option=${name}
    data-state=${name}
    data-type=${state.type}
    data-status=${step?.status ?? "not_entered"}
    data-compensation=${state.compensation ? "true" : "false"}
    data-retries=${seen?.retries ?? 0}
  >
    <rect class="frame" width=${width} height=${height} rx="7" />
    <text class="sign" aria-hidden="true" x="10" y=${state.graph ? 22 : 20}>${sign}</text>
    <text class="title" x="26" y=${state.graph ? 22 : 20}
      >${state.compensation ? svg`<tspan aria-hidden="true">↩ </tspan>` : nothing}${name}</text>
    ${said(`${state.compensation ? "undoes, " : ""}${words},`)}
    <text class="detail" x=${state.graph ? width - 10 : 26} y=${state.graph ? 22 : 37}
      text-anchor=${state.graph ? "end" : "start"}>${short(detail)}</text>
    ${seen ? said(more(seen)) : nothing}
    ${seen && seen.retries + seen.count > 1 ? counts(seen, width, state.graph ? HEAD : height) : nothing}
  </g>`;
}

/** How often it was tried again and entered again. */
function counts(seen, width, height) {
  const text = [seen.retries ? `↻ ${seen.retries}` : "", seen.count > 1 ? `×${seen.count}` : ""]
    .filter(Boolean)
    .join(" ");
  const wide = 12 + 7 * text.length;
  return svg`<g class="count" aria-hidden="true" transform="translate(${width - wide - 6} ${height - 21})">
    <rect width=${wide} height="16" rx="8" /><text x=${wide / 2} y="12" text-anchor="middle">${text}</text>
  </g>`;
}

function wayOf(way, taken) {
  const kind = way.kinds.has("next") ? "next" : way.kinds.has("catch") && way.kinds.size === 1 ? "catch" : "choice";
  const how = taken ? (taken.caught ? "taken caught" : "taken") : "";
  return svg`<g class="way ${kind} ${how}" data-from=${way.from} data-to=${way.to} data-taken=${taken ? "true" : "false"}>
    <path d=${line(way.points)} /><path class="head" d=${head(way.points)} />
  </g>`;
}

function labelOf(way, taken) {
  const caught = taken?.caught || (way.kinds.size === 1 && way.kinds.has("catch"));
  const text = taken?.caught ? (taken.error?.name ?? "failed") : caught ? "if it fails" : plain(way.label);
  if (!text) return nothing;
  const [x, y] = way.middle;
  return svg`<text class="way-label ${taken?.caught ? "caught" : ""}" x=${x} y=${y + 4} text-anchor="middle">${short(text)}</text>`;
}

/** What a box's badge and place tell, in words. */
function more({ last, retries, count }) {
  const told = [
    retries ? `tried again ${counted(retries, "time")}` : "",
    count > 1 ? `entered ${counted(count, "time")}` : "",
    last.because ? reasonInWords(last.because) : "",
  ];
  return told.filter(Boolean).join(", ");
}

function short(text) {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** Straight pieces with round corners. */
function line(points) {
  const parts = [`M${points[0].join(" ")}`];
  for (let at = 1; at < points.length - 1; at++) {
    const [before, corner, after] = [points[at - 1], points[at], points[at + 1]];
    parts.push(`L${towards(corner, before).join(" ")}Q${corner.join(" ")} ${towards(corner, after).join(" ")}`);
  }
  parts.push(`L${points.at(-1).join(" ")}`);
  return parts.join("");
}

/** A point near the corner on its way to another one. */
function towards([x, y], [toX, toY]) {
  const length = Math.hypot(toX - x, toY - y) || 1;
  const by = Math.min(CORNER, length / 2) / length;
  return [x + (toX - x) * by, y + (toY - y) * by];
}

/** The arrow's head at the end. */
function head(points) {
  const [[x1, y1], [x, y]] = points.slice(-2);
  const length = Math.hypot(x - x1, y - y1) || 1;
  const [dx, dy] = [(x - x1) / length, (y - y1) / length];
  const base = [x - 8 * dx, y - 8 * dy];
  return `M${x} ${y}L${base[0] - 4 * dy} ${base[1] + 4 * dx}L${base[0] + 4 * dy} ${base[1] - 4 * dx}Z`;
}
