/**
 * The ways that dagre does not lay: where a failure leads, and back from what undoes. All that lead to one state share a
 * lane beside the columns, so that they are one line and not a bundle. Used by `layout.js`.
 */

const LANE = 8; // between two lanes
const EDGE = 14; // between the lanes and the states
const ASIDE = 22; // from a corner to where a line leaves or arrives that can't do so at the side
const ABOVE = 10; // so far above a state runs what arrives from above

/**
 * Sets the column of what undoes, and draws all ways that have no points yet. Answers how far everything reaches to the
 * right.
 *
 * @param {import("./layout.js").Way[]} ways
 * @param {Map<string, import("./layout.js").Box>} boxes with their heights; `x` of what undoes is set here
 * @param {Set<string>} undoing
 */
export function route(ways, boxes, undoing) {
  const open = ways.filter((way) => !way.points.length);
  const touches = (way) => Number(undoing.has(way.from)) + Number(undoing.has(way.to));
  const between = open.filter((way) => touches(way) === 1);
  const done = [...boxes.values()].filter((box) => !undoing.has(box.name));
  const undo = [...boxes.values()].filter((box) => undoing.has(box.name));

  // The column stands as far to the left as what lies at its height allows, its lanes included.
  const ends = [...undo, ...between.flatMap((way) => [boxes.get(way.from), boxes.get(way.to)])];
  const [top, bottom] = [Math.min(...ends.map((box) => box.y)), Math.max(...ends.map((box) => box.y + box.height))];
  const near = rightOf(done.filter((box) => ends.includes(box) || (box.y < bottom && box.y + box.height > top)));
  const inner = lanesOf(between);
  const column = near + (inner.size ? 2 * EDGE + inner.size * LANE : EDGE);
  for (const box of undo) box.x = column;
  for (const way of between)
    draw(way, across(boxes, undoing, done, way, near + EDGE + (inner.get(way.to) + 0.5) * LANE));

  const end = rightOf([...boxes.values()]);
  const beyond = open.filter((way) => touches(way) !== 1);
  const outer = new Map();
  for (const way of beyond) {
    if (touches(way) === 2 && areNeighbours(way, boxes, undo)) {
      draw(way, straight(boxes.get(way.from), boxes.get(way.to)));
      continue;
    }
    if (!outer.has(way.to)) outer.set(way.to, outer.size);
    draw(way, across(boxes, undoing, done, way, end + EDGE + outer.get(way.to) * LANE));
  }
  for (const way of ways) way.middle = middle(way.points);
  return end + (outer.size ? EDGE + outer.size * LANE : 0);
}

function lanesOf(ways) {
  const lanes = new Map();
  for (const way of ways) if (!lanes.has(way.to)) lanes.set(way.to, lanes.size);
  return lanes;
}

function rightOf(boxes) {
  return Math.max(0, ...boxes.map((box) => box.x + box.width));
}

/** Where lines leave and arrive at a state's side: in its middle, a Map's at its name. */
function level(box) {
  return box.state.graph ? box.y + 17 : box.y + box.height / 2;
}

/** From one state over a lane to another one, past whatever stands beside them. */
function across(boxes, undoing, done, way, lane) {
  const [from, to] = [boxes.get(way.from), boxes.get(way.to)];
  return [...leaving(from, done, lane), ...arriving(to, undoing.has(to.name), lane).reverse()];
}

function leaving(box, done, lane) {
  const side = lane < box.x ? box.x : box.x + box.width;
  if (lane > box.x && isBlocked(box, done)) {
    const [x, y] = [box.x + box.width - ASIDE, box.y + box.height];
    return [
      [x, y],
      [x, y + ABOVE],
      [lane, y + ABOVE],
    ];
  }
  return [
    [side, level(box)],
    [lane, level(box)],
  ];
}

/** The last points, the very last first. */
function arriving(box, undoes, lane) {
  if (undoes || box.state.graph) {
    const side = lane < box.x ? box.x : box.x + box.width;
    return [
      [side, level(box)],
      [lane, level(box)],
    ];
  }
  const x = box.x + box.width - ASIDE;
  return [
    [x, box.y],
    [x, box.y - ABOVE],
    [lane, box.y - ABOVE],
  ];
}

function isBlocked(box, done) {
  return done.some((other) => other.x > box.x && other.y < box.y + box.height && other.y + other.height > box.y);
}

function straight(from, to) {
  const [x, down] = [from.x + from.width / 2, to.y > from.y];
  return [
    [x, down ? from.y + from.height : from.y],
    [x, down ? to.y : to.y + to.height],
  ];
}

function areNeighbours(way, boxes, undo) {
  const [one, other] = [boxes.get(way.from).y, boxes.get(way.to).y];
  const [top, bottom] = [Math.min(one, other), Math.max(one, other)];
  return !undo.some((box) => box.y > top && box.y < bottom);
}

function draw(way, points) {
  way.points = points.filter(([x, y], at) => !at || x !== points[at - 1][0] || y !== points[at - 1][1]);
}

/** Where a way's label stands: in the middle of its longest piece. */
function middle(points) {
  let [best, longest] = [points[0], -1];
  for (let at = 1; at < points.length; at++) {
    const [[x1, y1], [x2, y2]] = [points[at - 1], points[at]];
    const length = Math.abs(x2 - x1) + Math.abs(y2 - y1);
    if (length > longest) [best, longest] = [[(x1 + x2) / 2, (y1 + y2) / 2], length];
  }
  return best;
}
