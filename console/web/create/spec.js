/** From a filled form to the request that the API takes. Pure: what is left empty is left out. */

/**
 * @param {FormData} form
 * @param {string[]} keys the form's destinations, in order
 */
export function specOf(form, keys) {
  const text = (name) => form.get(name)?.toString().trim() ?? "";
  const hosted = text("source.type") === "rtmp";
  return {
    name: text("name"),
    ...(text("owner") && { owner: text("owner") }),
    source: hosted ? encoder(text) : { type: "flow", flow_arn: text("source.flow_arn") },
    destinations: keys.map((key) => destination((name) => text(`destinations.${key}.${name}`))),
    provision: form.has("provision"),
    go_live: form.has("go_live"),
    record: form.has("record"),
    ...(text("on_destination_failure") && { on_destination_failure: text("on_destination_failure") }),
    max_continuous_duration: seconds(text("max_continuous_duration")),
    idle_timeout: text("idle_timeout") ? seconds(text("idle_timeout")) : null,
    budget: text("budget.usd") ? { usd: Number(text("budget.usd")), when_spent: text("budget.when_spent") } : null,
  };
}

function encoder(text) {
  if (text("who") === "anyone") return { type: "rtmp", open_to_anyone: true };
  return {
    type: "rtmp",
    allowed_cidrs: text("source.allowed_cidrs")
      .split(/[\s,;]+/)
      .filter(Boolean),
  };
}

function destination(text) {
  const names = [
    "platform",
    "profile",
    "id",
    "stream_key",
    "url",
    "backup_url",
    "channel_class",
    "username",
    "password",
  ];
  const given = Object.fromEntries(names.map((name) => [name, text(name)]).filter(([, value]) => value));
  const rate = text("video_bitrate");
  return rate ? { ...given, video_bitrate: Math.round(Number(rate) * 1_000_000) } : given;
}

function seconds(minutes) {
  return Math.round(Number(minutes) * 60);
}
