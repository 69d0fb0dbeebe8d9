/**
 * One of many boxes in a drawing, chosen by mouse or keyboard. A drawing is a list box whose options stand in two
 * dimensions: one of them is in the order of Tab, the arrow keys go to the nearest in their direction, Enter and Space
 * choose. Used by the resource picture and by the executions' graph.
 */

import { svg } from "/lib/lit-html/lit-html.js";

/** Pixels that a way counts more which leads rather to the side: there only if there is nothing ahead. */
const AWRY = 10_000;
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The value of the option that an event happened in, or null. */
export function optionOf(event) {
  return event.target.closest?.('[role="option"]')?.dataset.option ?? null;
}

/** Handles a key of the drawing: moves the focus, or calls `choose` with the value of the option that has it. */
export function byKey(event, choose) {
  const option = event.target.closest?.('[role="option"]');
  if (!option) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    choose(option.dataset.option);
    return;
  }
  const options = [...event.currentTarget.querySelectorAll('[role="option"]')];
  const next =
    event.key === "Home"
      ? options[0]
      : event.key === "End"
        ? options.at(-1)
        : nearest(option, options, DIRECTIONS[event.key]);
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Words of an option for readers of screens alone: what its place in the drawing and its sign tell the others. */
export function said(text) {
  return svg`<text class="said">${text}</text>`;
}

/** The one that lies in the direction, what is off to the side counting twice. */
function nearest(from, options, direction) {
  if (!direction) return null;
  const [x, y] = middle(from);
  let [best, least] = [null, Infinity];
  for (const option of options) {
    const [dx, dy] = [middle(option)[0] - x, middle(option)[1] - y];
    const ahead = dx * direction[0] + dy * direction[1];
    const aside = Math.abs(dx * direction[1]) + Math.abs(dy * direction[0]);
    const far = ahead + 2 * aside + (aside > ahead ? AWRY : 0);
    if (option !== from && ahead > 1 && far < least) [best, least] = [option, far];
  }
  return best;
}

/** Where an option stands: in the middle, at the height of its name. */
function middle(element) {
  const box = element.getBoundingClientRect();
  const name = element.querySelector(".title").getBoundingClientRect(); // of one that encloses others, at its top
  return [box.x + box.width / 2, name.y + name.height / 2];
}
