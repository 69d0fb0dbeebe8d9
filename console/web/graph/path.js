/**
 * The path that an execution took, as its graph and its list show it: of a Map with several items that of one of them.
 * Pure; `views/executions.js` asks it each time that the execution was read.
 *
 * @typedef {any & {key: string, because: {state: string, error: any} | null}} Step a visit (`GET …/executions/{execution}`)
 *   with a key that stays, and with the failure that led there
 */

import { wayKey } from "./layout.js";

const FAILED = new Set(["caught", "failed"]);

/** The items of the Maps, in their order: `{value, label, failed, now}`; empty if there is no Map or it has none. */
export function itemsOf(visits) {
  const items = new Map();
  for (const visit of visits) {
    if (visit.inside === null) continue;
    const value = itemValue(visit);
    const item = items.get(value) ?? { value, number: visit.item, label: "", failed: false, now: null };
    item.label ||= visit.item_label ?? "";
    item.failed ||= FAILED.has(visit.status);
    if (visit.left_at === null) item.now = visit;
    items.set(value, item);
  }
  return [...items.values()].sort((one, other) => (one.number ?? 1e9) - (other.number ?? 1e9));
}

/** What the viewer sees first: the item that failed before any other, else the first one. */
export function firstItem(visits) {
  const failed = visits.find((visit) => visit.inside !== null && FAILED.has(visit.status));
  return failed ? itemValue(failed) : (itemsOf(visits)[0]?.value ?? null);
}

/**
 * The steps of the execution itself and of the chosen item, and what the graph shows of them.
 *
 * @param {any} execution
 * @param {string | null} item a value of `itemsOf`
 * @param {Set<string>} undoing the states that undo something
 */
export function pathOf(execution, item, undoing) {
  const shown = execution.visits.filter((visit) => visit.inside === null || itemValue(visit) === item);
  const steps = keyed(shown);
  reasons(steps, undoing);
  const states = new Map();
  const taken = new Map();
  for (const step of steps) {
    const state = states.get(step.state) ?? { last: step, count: 0, retries: 0 };
    states.set(step.state, { ...state, last: step, count: state.count + 1, retries: state.retries + step.retry_count });
    if (step.left_to)
      taken.set(wayKey(step.state, step.left_to), { caught: step.status === "caught", error: step.error });
  }
  return { steps, states, taken };
}

/** Every state that undoes something, in all graphs of a machine. */
export function undoingOf(graph) {
  return new Set(
    graph.states.flatMap((state) => [
      ...(state.compensation ? [state.name] : []),
      ...(state.graph ? undoingOf(state.graph) : []),
    ]),
  );
}

function itemValue(visit) {
  return `${visit.inside}/${visit.item ?? ""}`;
}

function keyed(visits) {
  const times = new Map();
  return visits.map((visit) => {
    const place = `${visit.inside ?? ""}/${visit.item ?? ""}/${visit.state}`;
    times.set(place, (times.get(place) ?? 0) + 1);
    return { ...visit, key: `${place}/${times.get(place)}`, because: null };
  });
}

/** Tell each step that follows a failure which one it was: the one right behind it, and all that undo from there on. */
function reasons(steps, undoing) {
  const last = new Map(); // by the Map that they are inside of
  for (const step of steps) {
    const before = last.get(step.inside);
    if (before?.status === "caught" && before.left_to === step.state) {
      // A chain that undoes goes on when one of its own steps fails: it is still there for what began it.
      const began = undoing.has(before.state) && undoing.has(step.state) ? before.because : null;
      step.because = began ?? { state: before.state, error: before.error };
    } else if (before && undoing.has(step.state)) {
      step.because = before.because;
    }
    last.set(step.inside, step);
  }
}
