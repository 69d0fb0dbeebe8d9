/** Starts the page, and says so in words when that is impossible: without its libraries nothing else could. */

import("./app.js").then(
  (app) => app.start(),
  (error) => {
    const place = document.getElementById("app");
    place.textContent =
      "The page could not be loaded. Its libraries come with Node.js: install it, run make up again, and reload. " +
      `(${error.message})`;
    place.className = "waiting";
  },
);
