/** Starts the page, and says so in words when that is impossible: without its libraries nothing else could. */

import("./app.js").then(
  (app) =>
    app.start().catch((error) => say(`The page could not be started. Reload it in a moment. (${error.message})`)),
  (error) =>
    say(
      "The page could not be loaded. Its libraries come with Node.js: install it, run make up again, and reload. " +
        `(${error.message})`,
    ),
);

function say(text) {
  const place = document.getElementById("app");
  place.textContent = text;
  place.className = "waiting";
}
