/** Times, durations, money and sizes in words. Times are the viewer's, with UTC at hand. */

/** Of each format two: in the viewer's zone, and in UTC. */
const format = (options) =>
  [undefined, "UTC"].map((timeZone) => new Intl.DateTimeFormat(undefined, { ...options, timeZone }));
const TIME_OF_DAY = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
const MOMENT = format({ weekday: "short", day: "numeric", month: "short", ...TIME_OF_DAY });
const TIME = format(TIME_OF_DAY);
const ZONE = format({ timeZoneName: "short" });

let shown = 0; // which of the two

/** "Sun, 22 Nov, 14:03:07". */
export function moment(iso) {
  return MOMENT[shown].format(new Date(iso));
}

/** "14:03:07". */
export function timeOfDay(iso) {
  return TIME[shown].format(new Date(iso));
}

/** "2026-11-22 13:03:07 UTC". */
export function utc(iso) {
  return `${new Date(iso).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** The name of the zone that times are shown in, such as "CET"; of the `other` one that they could be shown in. */
export function zone(other = false) {
  const parts = ZONE[other ? 1 - shown : shown].formatToParts(new Date());
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
}

/** Show all times in UTC, or in the viewer's own zone again. */
export function turnZone() {
  shown = 1 - shown;
}

/** Seconds as "1:02:03", or "2:03". */
export function clockTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Seconds as "3 days 4 h", "2 h 5 min", "4 min 10 s", "12 s": the two largest units. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const units = [
    [Math.floor(whole / 86400), whole >= 172800 ? "days" : "day"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  const first = units.findIndex(([count]) => Number(count) > 0);
  if (first < 0) return "0 s";
  return units
    .slice(first, first + 2)
    .filter(([count]) => Number(count) > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** Between two moments, in seconds; the second one is an ISO text or milliseconds. */
export function secondsBetween(iso, later) {
  return ((typeof later === "number" ? later : Date.parse(later)) - Date.parse(iso)) / 1000;
}

/** US dollars: "$0.34". */
export function dollars(amount) {
  return `$${Number(amount).toFixed(2)}`;
}

/** Bytes as "12.3 MB". */
export function bytes(size) {
  if (size < 1000) return `${size} B`;
  const power = Math.min(4, Math.floor(Math.log10(size) / 3));
  return `${(size / 1000 ** power).toFixed(1)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

/** "cleanup_incomplete" as "cleanup incomplete". */
export function plain(name) {
  return String(name).replaceAll("_", " ");
}

/** "1 session", "2 sessions". */
export function counted(number, noun, plural = `${noun}s`) {
  return `${number} ${number === 1 ? noun : plural}`;
}
