/** One destination in the form: what its platform needs, and, folded away, what it may have beside that. */

import { html, nothing } from "/lib/lit-html/lit-html.js";
import { needs, PLATFORM_NAMES, platformTitle, PROFILES } from "../platforms.js";
import { numberField, secretField, selectField, textField } from "./fields.js";

/**
 * `destination` is `{key, platform}`; `fault(name)` what is wrong with a field; `change(platform)` another was chosen;
 * `remove` takes it away, null if it is the only one.
 */
export function destinationFields({ destination, number, hosted, fault, change, remove }) {
  const at = (name) => `destinations.${destination.key}.${name}`;
  const { url, key, example } = needs(destination.platform, hosted);
  const title = number ? `Destination ${number}` : "Destination";
  return html`<fieldset data-destination=${destination.key}>
    <legend>${title}</legend>
    <div class="fields">
      ${selectField({
        name: at("platform"),
        label: "Platform",
        options: PLATFORM_NAMES.map((name) => [name, platformTitle(name)]),
        selected: destination.platform,
        change,
        fault: fault(at("platform")),
      })}
      ${selectField({
        name: at("profile"),
        label: "Picture",
        options: PROFILES.map((name) => [name, name]),
        selected: PROFILES[0],
        fault: fault(at("profile")),
      })}
      ${
        key
          ? secretField({
              name: at("stream_key"),
              label: "Stream key",
              required: true,
              hint: "Write-only: nobody can read it back, here or elsewhere.",
              fault: fault(at("stream_key")),
            })
          : html`<p class="hint">
              The session makes an IVS channel of its own: it needs no stream key and no address.
            </p>`
      }
      ${
        url === "needed"
          ? textField({
              name: at("url"),
              label: "Address (RTMP)",
              required: true,
              most: 2048,
              placeholder: example,
              fault: fault(at("url")),
            })
          : nothing
      }
    </div>
    ${more(at, destination.platform, hosted, fault)}
    ${
      remove
        ? html`<button type="button" class="small danger" id="remove-${destination.key}" @click=${remove}>
            Remove ${title.toLowerCase()}
          </button>`
        : nothing
    }
  </fieldset>`;
}

function more(at, platform, hosted, fault) {
  const { url, key, backup, example } = needs(platform, hosted);
  return html`<details>
    <summary>More about this destination</summary>
    <div class="fields">
      ${textField({
        name: at("id"),
        label: "Id",
        most: 32,
        hint: `Letters, digits and hyphens; “${platform}” unless told. Two of one platform need one each.`,
        fault: fault(at("id")),
      })}
      ${numberField({
        name: at("video_bitrate"),
        label: "Video, Mbit a second",
        least: 0.1,
        most: 39,
        step: "any",
        hint: "The picture's own unless told.",
        fault: fault(at("video_bitrate")),
      })}
      ${
        url === "optional"
          ? textField({
              name: at("url"),
              label: "Address (RTMP)",
              most: 2048,
              placeholder: example,
              hint: "The platform's own unless told.",
              fault: fault(at("url")),
            })
          : nothing
      }
      ${
        backup
          ? html`${selectField({
              name: at("channel_class"),
              label: "Pipelines",
              options: [
                ["", "One"],
                ["STANDARD", "Two, with a backup (twice the price)"],
              ],
              selected: "",
              fault: fault(at("channel_class")),
            })}
            ${textField({
              name: at("backup_url"),
              label: "Backup address (RTMP)",
              most: 2048,
              hint: "For two pipelines.",
              fault: fault(at("backup_url")),
            })}`
          : nothing
      }
      ${
        key
          ? html`${textField({
              name: at("username"),
              label: "User name",
              most: 255,
              hint: "Where the server wants one.",
              fault: fault(at("username")),
            })}
            ${secretField({ name: at("password"), label: "Password", fault: fault(at("password")) })}`
          : nothing
      }
    </div>
  </details>`;
}
