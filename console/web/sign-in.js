/**
 * Who is looking. On the local stage a token, which `onair up` prints as part of the page's address; deployed, whoever the stage's
 * identity provider says (OpenID Connect's code flow with PKCE, RFC 7636: a page keeps no secret of its own).
 *
 * The token is kept for as long as the tab is open and nowhere else.
 */

const KEPT = "onair.token";
const ASKED = "onair.sign-in";

/** Take a token out of the page's address, and it out of the address bar and the history: the token, null without one. */
export function takeTokenFromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) history.replaceState(null, "", `${location.pathname}#/`);
  return given;
}

/**
 * Keep a token that was in the address, if there was one, and if tokens are how one signs in: where people sign in by
 * name, a link of somebody's would sign its reader in as that somebody.
 */
export function keepFromAddress(given, config) {
  if (given !== null && config.by === "token") keep({ token: given });
}

/** The token, or null if nobody has signed in. */
export function token() {
  const kept = parsed(sessionStorage.getItem(KEPT));
  return kept && (kept.until === undefined || kept.until > Date.now()) ? kept.token : null;
}

export function keep(signedIn) {
  sessionStorage.setItem(KEPT, JSON.stringify(signedIn));
}

export function signOut() {
  sessionStorage.removeItem(KEPT);
}

/** Send the viewer to the identity provider; it sends them back with a code. */
export async function goSignIn(config) {
  const provider = await discover(config.issuer);
  const [verifier, state] = [random(), random()];
  sessionStorage.setItem(ASKED, JSON.stringify({ verifier, state, back: location.hash }));
  const challenge = base64url(
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))),
  );
  location.assign(
    `${provider.authorization_endpoint}?${new URLSearchParams({
      response_type: "code",
      client_id: config.client_id,
      redirect_uri: here(),
      scope: config.scope,
      state,
      code_challenge: challenge,
      code_challenge_method: "S256",
    })}`,
  );
}

/** Finish a sign-in that came back from the identity provider, if one did. Throws an Error that says why it failed. */
export async function comeBack(config) {
  const answer = new URLSearchParams(location.search);
  const asked = parsed(sessionStorage.getItem(ASKED));
  if (!answer.has("state") || asked === null) return;
  sessionStorage.removeItem(ASKED);
  history.replaceState(null, "", `${location.pathname}${asked.back || "#/"}`);
  if (answer.get("state") !== asked.state) throw new Error("The answer is not to this page's question. Sign in again.");
  if (answer.has("error")) throw new Error(answer.get("error_description") ?? answer.get("error"));
  const provider = await discover(config.issuer);
  const response = await fetch(provider.token_endpoint, {
    method: "POST",
    credentials: "omit",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code: answer.get("code"),
      redirect_uri: here(),
      client_id: config.client_id,
      code_verifier: asked.verifier,
    }),
  });
  const given = await response.json();
  if (!response.ok) throw new Error(given.error_description ?? given.error ?? `HTTP ${response.status}`);
  keep({ token: given.access_token, until: Date.now() + 1000 * (given.expires_in ?? 3600) });
}

async function discover(issuer) {
  const response = await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, {
    credentials: "omit",
  });
  if (!response.ok) throw new Error(`The identity provider answers with HTTP ${response.status}.`);
  return response.json();
}

/** What was kept; null if nothing was, or nothing that can be read. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function here() {
  return `${location.origin}${location.pathname}`;
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
