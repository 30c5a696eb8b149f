// <input type="hidden" data-puzzle="JSON" data-worker="URL"> in a form: solves the puzzle against robots in Workers once
// somebody begins to fill the form in, and holds the form back until it is solved. Where that fails, the form goes without a
// solution and the server says how long to wait.
import { solveChallengeWorkers } from "altcha-lib";

const SOONEST = 1600;
const MOST_WORKERS = 4;
const opened = performance.now();

for (const input of document.querySelectorAll("[data-puzzle]")) start(input);

function start(input) {
  const { form } = input;
  const says = form.querySelector("[data-puzzle-says]");
  form.querySelector("[data-puzzle-waits]").hidden = Boolean(globalThis.crypto?.subtle);
  let solving;
  const begin = () => (solving ??= solve(input));
  if (form.contains(document.activeElement)) begin();
  form.addEventListener("focusin", begin, { once: true });
  form.addEventListener("submit", async (event) => {
    if (input.dataset.done) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (says) says.hidden = false;
    await begin();
    await new Promise((go) => setTimeout(go, opened + SOONEST - performance.now()));
    input.dataset.done = "yes";
    if (says) says.hidden = true;
    form.requestSubmit(event.submitter);
  }, { capture: true });
}

async function solve(input) {
  try {
    const challenge = JSON.parse(input.dataset.puzzle);
    const solution = await solveChallengeWorkers({
      challenge,
      concurrency: Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 1),
      createWorker: () => new Worker(input.dataset.worker, { type: "module" }),
    });
    if (solution) input.value = btoa(JSON.stringify({ challenge, solution }));
  } catch (error) {
    console.warn("The puzzle could not be solved here", error);
  }
}
