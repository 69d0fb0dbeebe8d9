/** Where everything of a session's picture stands: columns from left to right, a lane below the other. Pure. */

export const BOX = { width: 160, height: 64 };
const GAP = 38; // between two columns
const ROW = 74;
const HEAD = 30; // of a lane: its name
const BETWEEN = 12; // two lanes
const TOP = 30; // the columns' headings
const EDGE = 10;

/** @param {ReturnType<import("./lanes.js").pictureOf>} picture */
export function placed(picture) {
  const x = (column) => EDGE + column * (BOX.width + GAP) + (column > 0 ? EDGE : 0);
  const width = x(picture.headings.length - 1) + BOX.width + 2 * EDGE;
  const boxes = [];
  const lanes = [];
  let y = TOP;
  for (const lane of picture.lanes) {
    const rows = Math.max(1, ...lane.columns.map((column) => column.length));
    const height = HEAD + rows * ROW;
    lanes.push({ lane, x: x(1) - EDGE, y, width: width - x(1), height });
    lane.columns.forEach((column, at) => {
      const above = y + HEAD + ((rows - column.length) * ROW) / 2;
      column.forEach((node, row) => boxes.push({ node, x: x(at + 1), y: above + row * ROW }));
    });
    y += height + BETWEEN;
  }
  // Beside the middle of a few lanes; of many, where who arrives at the top still sees it.
  const middle = Math.min((TOP + HEAD + y - BETWEEN - (ROW - BOX.height)) / 2, TOP + 2 * (HEAD + ROW)) - BOX.height / 2;
  boxes.unshift({ node: picture.source, x: x(0), y: Math.max(TOP, middle) });
  const at = new Map(boxes.map((box) => [box.node.id, box]));
  const edges = picture.lanes.flatMap((lane) =>
    lane.edges
      .filter((edge) => at.has(edge.from) && at.has(edge.to))
      .map((edge) => ({
        ...edge,
        key: `${lane.id} ${edge.from} ${edge.to}`,
        d: line(at.get(edge.from), at.get(edge.to)),
      })),
  );
  return {
    width,
    height: y - BETWEEN + EDGE,
    headings: picture.headings.map((text, column) => ({ text, x: x(column), y: TOP - 12 })),
    lanes,
    boxes,
    edges,
  };
}

/** From the right of one box to the left of the other, turning in the gap next to where the lane's boxes stand. */
function line(from, to) {
  const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
  const [x2, y2] = [to.x, to.y + BOX.height / 2];
  if (y1 === y2) return `M${x1} ${y1}H${x2}`;
  const turn = from.node.kind === "source" ? x2 - GAP / 2 : x1 + GAP / 2;
  const radius = Math.min(10, Math.abs(y2 - y1) / 2);
  const down = y2 > y1 ? radius : -radius;
  return `M${x1} ${y1}H${turn - radius}Q${turn} ${y1} ${turn} ${y1 + down}V${y2 - down}Q${turn} ${y2} ${turn + radius} ${y2}H${x2}`;
}
