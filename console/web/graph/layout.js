/**
 * Where the states of a state machine stand. What happens while nothing fails is laid out by dagre, from top to bottom;
 * beside it stand the states that undo, each as near as can be to what it undoes, and between the two run the ways of
 * the Catches. A Map's own graph stands inside of it. Pure; the answer is kept by the graph's text.
 *
 * @typedef {{name: string, state: any, x: number, y: number, width: number, height: number, inside: string | null}} Box
 * @typedef {{key: string, from: string, to: string, kinds: Set<string>, label: string, points: number[][],
 *   middle: number[]}} Way
 * @typedef {{width: number, height: number, boxes: Box[], ways: Way[]}} Layout
 */

import dagre from "/lib/@dagrejs/dagre/dist/dagre.esm.js";
import { route } from "./routes.js";

const STATE = { width: 240, height: 46 };
export const HEAD = 34; // of a Map: its name
const PAD = 14;
const STEP = STATE.height + 28; // from one state to the one below
const KEPT = 12;

/** @type {Map<string, Layout>} */
const known = new Map();

/** @returns {Layout} */
export function layoutOf(graph) {
  const key = JSON.stringify(graph);
  let layout = known.get(key);
  if (!layout) {
    layout = lay(graph, null);
    if (known.size >= KEPT) known.delete(known.keys().next().value);
    known.set(key, layout);
  }
  return layout;
}

/** @returns {Layout} */
function lay(graph, inside) {
  const inner = new Map(
    graph.states.filter((state) => state.graph).map((state) => [state.name, lay(state.graph, state.name)]),
  );
  const size = (name) => {
    const own = inner.get(name);
    return own ? { width: own.width + 2 * PAD, height: own.height + HEAD + PAD } : STATE;
  };
  const ways = waysOf(graph);
  const undoing = new Set(graph.states.filter((state) => state.compensation).map((state) => state.name));
  const boxes = new Map();
  const put = (state, x, y) => boxes.set(state.name, { name: state.name, state, x, y, ...size(state.name), inside });

  layForward(
    graph.states.filter((state) => !undoing.has(state.name)),
    ways,
    size,
    put,
  );
  const order = inOrder(graph.states.filter((state) => undoing.has(state.name)));
  heights(order, ways, boxes, undoing, size).forEach((y, at) => put(order[at], 0, y));
  const top = Math.min(...[...boxes.values()].map((box) => box.y));
  for (const box of boxes.values()) box.y -= top;
  for (const way of ways) way.points = way.points.map(([x, y]) => [x, y - top]);
  const width = route(ways, boxes, undoing);

  const here = { boxes: [...boxes.values()], ways };
  for (const [name, own] of inner) {
    const box = boxes.get(name);
    const [dx, dy] = [box.x + PAD, box.y + HEAD];
    here.boxes.push(...own.boxes.map((one) => ({ ...one, x: one.x + dx, y: one.y + dy })));
    const moved = (point) => [point[0] + dx, point[1] + dy];
    here.ways.push(...own.ways.map((way) => ({ ...way, points: way.points.map(moved), middle: moved(way.middle) })));
  }
  return { ...here, width, height: Math.max(...here.boxes.map((box) => box.y + box.height)) };
}

/** One way for each pair of states, however many edges lead from the one to the other. */
function waysOf(graph) {
  const ways = new Map();
  for (const state of graph.states) {
    for (const edge of state.next) {
      const key = wayKey(state.name, edge.to);
      const way = ways.get(key) ?? {
        key,
        from: state.name,
        to: edge.to,
        kinds: new Set(),
        label: "",
        points: [],
        middle: [0, 0],
      };
      way.kinds.add(edge.kind);
      if (edge.kind === "choice" || edge.kind === "default") way.label ||= edge.label ?? "";
      ways.set(key, way);
    }
  }
  return [...ways.values()];
}

/** The key of a way in `Layout.ways`. */
export function wayKey(from, to) {
  return `${from} → ${to}`;
}

/** Lays out what happens while nothing fails. */
function layForward(states, ways, size, put) {
  const drawn = new dagre.graphlib.Graph();
  drawn.setGraph({ rankdir: "TB", nodesep: 22, ranksep: STEP - STATE.height, edgesep: 14 });
  drawn.setDefaultEdgeLabel(() => ({}));
  for (const state of states) drawn.setNode(state.name, { ...size(state.name) });
  const between = ways.filter(
    (way) => drawn.hasNode(way.from) && drawn.hasNode(way.to) && [...way.kinds].some((kind) => kind !== "catch"),
  );
  for (const way of between) drawn.setEdge(way.from, way.to, { weight: way.kinds.has("next") ? 4 : 1 });
  dagre.layout(drawn);
  const nodes = states.map((state) => [state, drawn.node(state.name)]);
  const left = Math.min(...nodes.map(([, node]) => node.x - node.width / 2));
  for (const [state, node] of nodes) put(state, node.x - node.width / 2 - left, node.y - node.height / 2);
  for (const way of between) way.points = drawn.edge(way.from, way.to).points.map(({ x, y }) => [x - left, y]);
}

/** States that undo, each before what follows it. */
function inOrder(states) {
  const names = new Map(states.map((state) => [state.name, state]));
  const [done, order] = [new Set(), []];
  const visit = (state) => {
    if (done.has(state.name)) return;
    done.add(state.name);
    for (const edge of state.next) if (names.has(edge.to)) visit(names.get(edge.to));
    order.unshift(state);
  };
  for (const state of [...states].reverse()) visit(state);
  return order;
}

/**
 * How high each state that undoes stands: beside the first state whose failure leads to it, if there is room. Where what
 * was done last is undone first, the chain runs upwards.
 */
function heights(order, ways, boxes, undoing, size) {
  const beside = order.map((state) => {
    const from = ways
      .filter((way) => way.to === state.name && !undoing.has(way.from))
      .map((way) => boxes.get(way.from).y);
    return from.length ? Math.min(...from) : null;
  });
  const entries = beside.filter((y) => y !== null);
  const rising = entries.filter((y, at) => at && y < entries[at - 1]).length > (entries.length - 1) / 2;
  let last = null;
  return beside.map((y, at) => {
    const step = size(order[at].name).height + STEP - STATE.height;
    const free = last === null ? null : last + (rising ? -step : step);
    last = free === null ? (y ?? entries[0] ?? 0) : y === null ? free : rising ? Math.min(y, free) : Math.max(y, free);
    return last;
  });
}
