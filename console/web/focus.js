/** Who uses a keyboard or a screen reader keeps a place on the page when what they pressed goes away. */

/** Once what is new is drawn: go on at the first that `selector` finds, if the focus was lost. */
export function keepFocus(selector) {
  nextDrawing(() => {
    if (document.activeElement === document.body) moveTo(selector);
  });
}

/** Once what is new is drawn: go there. */
export function focusSoon(selector) {
  nextDrawing(() => moveTo(selector));
}

function moveTo(selector) {
  const found = document.querySelector(selector);
  if (found instanceof HTMLElement) found.focus();
}

/** The page draws in the next frame; behind that one it is there. */
export function nextDrawing(then) {
  requestAnimationFrame(() => requestAnimationFrame(then));
}
