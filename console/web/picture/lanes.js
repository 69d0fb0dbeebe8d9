/**
 * A session as a picture to draw: its source, and a lane for each channel with what lies between the two and where it goes.
 * Pure: made of what the API answers, each time that this changes. `views/resources.js` asks it.
 *
 * @typedef {object} Node one box of the picture
 * @property {string} id stable, and good for an element's id
 * @property {string} kind source, flow_output, input, channel, ivs_channel, destination or storage
 * @property {string} lane the lane's id; empty for the source
 * @property {string} title
 * @property {string} is what it is, `should` what it should be, `verdict` what that means (`desired.js`)
 * @property {string} should
 * @property {string} verdict
 * @property {any} row the ledger's row, null if there is none
 * @property {any} error why it failed, null if it did not
 *
 * @typedef {{id: string, title: string, note: string, status: string, verdict: string, columns: Node[][],
 *   edges: {from: string, to: string, how: string}[]}} Lane
 */

import { plain } from "../words.js";
import { isOver, isRecording, isUnderWay, judged, wanted } from "./desired.js";

const RECORDER = "recorder";
/** Where a lane goes to; what lies before is made, and deleted. */
const GOALS = new Set(["destination", "storage"]);
const STATUS_VERDICT = { broadcasting: "live", starting: "busy", retrying: "warn", errored: "bad", idle: "idle" };

/**
 * `keep` decides of a node that is gone whether it is shown all the same.
 *
 * @param {any} session
 * @param {(node: Node) => boolean} keep
 */
export function pictureOf(session, keep) {
  const flow = session.source.type === "flow";
  const lanes = lanesOf(session, flow).map((lane) => laneOf(session, lane, flow));
  const hidden = lanes.flatMap((lane) => lane.columns.flat()).filter((node) => node.verdict === "over" && !keep(node));
  const gone = new Set(hidden.map((node) => node.id));
  for (const lane of lanes) {
    lane.columns = lane.columns.map((column) => column.filter((node) => !gone.has(node.id)));
    if (lane.columns.flat().every((node) => GOALS.has(node.kind))) lane.note += " · nothing of it is left";
    lane.edges = lane.edges.filter((edge) => !gone.has(edge.from) && !gone.has(edge.to));
  }
  const ivs = lanes.some((lane) => lane.columns.flat().some((node) => node.kind === "ivs_channel"));
  return {
    flow,
    headings: flow
      ? ["Source", "Flow outputs", "Inputs", "Channels", "Destinations"]
      : ["Source", "Input", "Channel", ...(ivs ? ["IVS"] : []), "Destinations"],
    source: sourceOf(session, flow),
    lanes: ivs || flow ? lanes : lanes.map((lane) => ({ ...lane, columns: lane.columns.filter((_, at) => at !== 2) })),
    hidden: hidden.length,
  };
}

/** Every box, the source first. */
export function nodesOf(picture) {
  return [picture.source, ...picture.lanes.flatMap((lane) => lane.columns.flat())];
}

function lanesOf(session, flow) {
  const rows = (id) => session.resources.filter((row) => row.destination_id === id);
  const recorder =
    session.recorder ?? (rows(RECORDER).length ? { destination_id: RECORDER, status: "idle", error: null } : null);
  return [
    ...session.destinations.map((one) => ({ ...one, streams: true, records: !flow })),
    ...(recorder && flow ? [{ ...recorder, platform: null, streams: false, records: true }] : []),
  ].map((one) => ({ ...one, rows: rows(one.destination_id) }));
}

function laneOf(session, lane, flow) {
  const channelRow = lane.rows.find((row) => row.kind === "channel") ?? null;
  const should = wanted(session, { ...lane, channel: channelRow });
  const leaving = Boolean(lane.error) && !should.there;
  const resource = (kind, title, row, number = 0) => ({
    id: `${lane.destination_id}-${kind}${number ? `-${number}` : ""}`,
    kind,
    lane: lane.destination_id,
    title,
    should: should[kind],
    ...judged(row, should[kind], session, leaving),
    row,
    error: null,
  });
  const outputs = flow
    ? outputsOf(lane).map(([row, title, number]) => resource("flow_output", title, row, number))
    : [];
  const input = resource("input", "Input", lane.rows.find((row) => row.kind === "input") ?? null);
  const channel = resource("channel", "Channel", channelRow);
  const ivsRow = lane.rows.find((row) => row.kind === "ivs_channel") ?? null;
  const ivs = !flow && lane.platform === "ivs" ? [resource("ivs_channel", "IVS channel", ivsRow)] : [];
  const goals = [
    ...(lane.streams ? [destinationOf(session, lane, should)] : []),
    ...(lane.records ? [storageOf(session, lane, channel)] : []),
  ];
  return {
    id: lane.destination_id,
    title: lane.destination_id,
    note: lane.platform
      ? `${lane.profile}${lane.channel_class === "STANDARD" ? ", two pipelines" : ""}`
      : "records the flow",
    status: !lane.streams && lane.status === "broadcasting" ? "recording" : lane.status,
    verdict: STATUS_VERDICT[lane.status] ?? "idle",
    columns: flow ? [outputs, [input], [channel], goals] : [[input], [channel], ivs, goals],
    edges: edgesOf({ outputs, input, channel, ivs, goals, flow }),
  };
}

/** The rows of a lane's flow outputs, or as many places for them as it has pipelines. */
function outputsOf(lane) {
  const rows = lane.rows.filter((row) => row.kind === "flow_output");
  const count = Math.max(rows.length, lane.channel_class === "STANDARD" ? 2 : 1);
  return Array.from({ length: count }, (_, at) => {
    const row = rows.find((one) => one.key.endsWith(`flow-output-${at}`)) ?? null;
    return /** @type {const} */ ([row, count > 1 ? `Flow output ${at + 1}` : "Flow output", at + 1]);
  });
}

function edgesOf({ outputs, input, channel, ivs, goals, flow }) {
  const running = channel.is === "RUNNING";
  const link = (from, to, flows = running) => ({ from: from.id, to: to.id, how: how(from, to, flows) });
  const source = { id: "source", verdict: "unknown", row: { state: "created" } };
  const fed = flow ? outputs.flatMap((output) => [link(source, output), link(output, input)]) : [link(source, input)];
  const goal = (one) => {
    const flows = running && (one.kind === "storage" || one.verdict === "live");
    const [last] = [...ivs, channel];
    return one.kind === "storage" ? link(channel, one, flows) : link(last, one, flows);
  };
  return [...fed, link(input, channel), ...ivs.map((one) => link(channel, one)), ...goals.map(goal)];
}

/** How an edge looks: `flows`, `broken`, `there`, `planned` or `gone`. */
function how(from, to, flows) {
  if (from.verdict === "over" || to.verdict === "over") return "gone";
  if (flows) return "flows";
  if (to.kind === "destination" && ["bad", "warn"].includes(to.verdict)) return "broken";
  const exists = (node) => GOALS.has(node.kind) || node.row?.state === "created";
  return exists(from) && exists(to) ? "there" : "planned";
}

/** The flow is the customer's, and the encoder the host's: of either is known only whether pictures arrive from it. */
function sourceOf(session, flow) {
  const starved = session.warnings?.some((warning) => warning.kind === "idle");
  const wants = session.desired_status === "live" || isRecording(session);
  return {
    id: "source",
    kind: "source",
    lane: "",
    title: flow ? `Flow ${session.source.flow_arn.split(":").at(-1)}` : "Host's encoder",
    is: starved ? "no pictures arrive" : "not looked at",
    should: isOver(session) ? "as you like" : flow ? "ACTIVE" : wants ? "pushing" : "ready",
    verdict: starved ? "warn" : "unknown",
    row: null,
    error: null,
  };
}

function destinationOf(session, lane, should) {
  const verdict = STATUS_VERDICT[lane.status] ?? "idle";
  // An error stays what it is; all else is on its way, or is not as it should be.
  const differs = lane.status !== "errored" && should.onAir !== (lane.status !== "idle");
  return {
    id: `${lane.destination_id}-destination`,
    kind: "destination",
    lane: lane.destination_id,
    title: lane.platform,
    is: plain(lane.status),
    should: should.onAir ? "on the air" : "off the air",
    verdict: differs ? (isUnderWay(session) ? "busy" : "warn") : verdict,
    row: null,
    error: lane.error,
  };
}

function storageOf(session, lane, channel) {
  const running = channel.is === "RUNNING";
  const open = isRecording(session);
  const status = session.recording?.status;
  return {
    id: `${lane.destination_id}-storage`,
    kind: "storage",
    lane: lane.destination_id,
    title: "S3",
    is: status ? plain(status) : running ? "buffer written" : "nothing written",
    should: open ? "recording" : "not recording",
    verdict:
      status === "recording" ? "live" : open ? "busy" : lane.error && !lane.streams ? "bad" : running ? "good" : "idle",
    row: null,
    error: lane.streams ? null : lane.error,
  };
}
