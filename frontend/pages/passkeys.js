// Passkeys (WebAuthn): a form with data-passkey="get" or "create" fetches a challenge from data-challenge, lets the device
// answer it, and is sent with the answer in its field. Where the device cannot, the form stays hidden, and what bears
// data-passkey-unable is shown. data-autofill: passkeys are also among what the browser proposes for the address field.
// data-accepted on such a form lists the keys that still work, so that the device stops proposing the ones that were removed.
import {
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  sendSignal,
  startAuthentication,
  startRegistration,
  WebAuthnAbortService,
} from "@simplewebauthn/browser";

const STALE = 8 * 60 * 1000; // milliseconds; the server forgets a challenge after ten minutes
const ADDRESS = /^[\d.]+$|^\[/; // a bare number is no name that a passkey could be bound to

let before = Promise.resolve();

export default function passkeys(form) {
  if (!browserSupportsWebAuthn() || ADDRESS.test(location.hostname)) {
    document.querySelectorAll("[data-passkey-unable]").forEach((note) => (note.hidden = false));
    return;
  }
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    begin(form);
  });
  if ("autofill" in form.dataset) propose(form);
  if ("accepted" in form.dataset) tell(form.dataset);
}

/** After a press of the button. */
async function begin(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  say(form, "");
  WebAuthnAbortService.cancelCeremony(); // what waits among the proposals has a challenge that ends now
  const start = form.dataset.passkey === "create" ? startRegistration : startAuthentication;
  try {
    await answer(form, (optionsJSON) => start({ optionsJSON }));
  } catch (error) {
    say(form, reason(form, error));
    button.disabled = false;
    form.dispatchEvent(new Event("idle"));
  }
}

/** Among what the browser proposes for the address field, with a fresh challenge for who comes back to the page late. */
async function propose(form) {
  if (!document.querySelector("input[autocomplete$='webauthn']") || !(await browserSupportsWebAuthnAutofill())) return;
  let since = 0;
  const pressed = () => form.querySelector("button").disabled;
  const wait = (optionsJSON) => {
    if (pressed()) throw new Error("the button was quicker");
    return startAuthentication({ optionsJSON, useBrowserAutofill: true });
  };
  const again = () => {
    if (document.hidden || Date.now() - since < STALE || pressed()) return;
    since = Date.now();
    answer(form, wait).catch(() => {}); // nobody asked for it, so nobody need hear that it was given up
  };
  document.addEventListener("visibilitychange", again);
  form.addEventListener("idle", () => {
    since = 0;
    again();
  });
  again();
}

function tell({ site, person, accepted }) {
  const allAcceptedCredentialIDs = accepted.split(" ").filter(Boolean);
  // few browsers listen as yet, and nobody waits for it
  sendSignal({ signalName: "allAcceptedCredentials", rpID: site, userID: person, allAcceptedCredentialIDs }).catch(() => {});
}

async function answer(form, ask) {
  const response = await challenge(form);
  if (response.redirected) return location.reload(); // the proof was too long ago; the page asks for it again
  if (!response.ok) throw Object.assign(new Error(response.statusText), { status: response.status });
  form.elements.answer.value = JSON.stringify(await ask(await response.json()));
  form.submit();
}

/** One after the other, so that the browser's newest cookie belongs to the newest challenge. */
function challenge(form) {
  const ask = () => fetch(form.dataset.challenge, { method: "POST", headers: { Accept: "application/json" } });
  before = before.then(ask, ask);
  return before;
}

function reason(form, error) {
  if (error.status === 429) return form.dataset.busy;
  if (error.code === "ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED") return form.dataset.known;
  return form.dataset.failed;
}

function say(form, words) {
  form.querySelector("[role=status]").textContent = words;
}
