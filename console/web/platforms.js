/** What people call the platforms and the profiles, and what each platform wants to know ("A destination" in docs/reference/api.md). */

/**
 * `url`: whether a destination says where to, "needed", "optional" (the platform has an ingest of its own) or "never".
 * In a host session the IVS channel is made by the session, which then asks for nothing.
 */
const PLATFORMS = {
  ivs: { title: "Amazon IVS", url: "needed", example: "rtmps://HOST:443/app" },
  youtube: { title: "YouTube", url: "optional", backup: true, example: "rtmps://a.rtmps.youtube.com:443/live2" },
  facebook: { title: "Facebook", url: "optional", example: "rtmps://rtmp-api.facebook.com:443/rtmp" },
  twitch: { title: "Twitch", url: "optional", example: "rtmp://live.twitch.tv/app" },
  restream: { title: "Restream", url: "optional", example: "rtmp://live.restream.io/live" },
  custom: { title: "Custom RTMP server", url: "needed", backup: true, example: "rtmp://HOST/APPLICATION" },
};

export const PLATFORM_NAMES = Object.keys(PLATFORMS);
export const PROFILES = ["1080p30", "1080p60", "720p60", "720p30", "480p30"];

/** "YouTube"; a platform that this page does not know is called as the API calls it. */
export function platformTitle(name) {
  return PLATFORMS[name]?.title ?? name;
}

/** What a destination on that platform has to say: `{url, key, backup, example}`. */
export function needs(name, hosted) {
  const { url, backup = false, example } = PLATFORMS[name];
  if (hosted && name === "ivs") return { url: "never", key: false, backup: false, example };
  return { url, key: true, backup, example };
}

/** The host of an address, or the text itself where it is none. By hand: not every browser's URL knows RTMP's. */
export function hostOf(url) {
  return /^[a-z]+:\/\/([^/?#]+)/i.exec(url)?.[1] ?? url;
}
