// The site as an app on the device: registers the service worker for members, and shows [data-install] where the site can be
// put on a home screen: where the browser offers it, and on phones and tablets, whose browsers have it in their menus.
import { attach } from "./attach.js";

const WORKER = "/service-worker.js";
const standsAlone = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
let offer;

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event;
  show("[data-install]");
});
addEventListener("appinstalled", () => {
  for (const each of document.querySelectorAll("[data-install]")) each.hidden = true;
});

attach("a[data-install]", (link) => {
  link.hidden = standsAlone || !(offer || matchMedia("(pointer: coarse)").matches);
  link.addEventListener("click", (event) => offer && install(event));
});
attach("[data-install-now]", (button) => {
  if (offer) show("[data-install]");
  button.addEventListener("click", install);
});

if (document.readyState === "complete") settle();
else addEventListener("load", settle);

async function install(event) {
  event.preventDefault();
  await offer.prompt();
  offer = undefined;
}

function show(selector) {
  for (const each of document.querySelectorAll(selector)) each.hidden = standsAlone;
}

/** After the page has what it needs: nothing here may delay it. */
function settle() {
  if (!navigator.serviceWorker || !document.body.hasAttribute("data-signed-in")) return;
  setTimeout(async () => {
    const registered = await navigator.serviceWorker.register(WORKER, { updateViaCache: "none" }).catch(() => null);
    const worker = registered && (await navigator.serviceWorker.ready).active;
    worker?.postMessage({ type: "page", language: document.documentElement.lang });
  }, 300);
}
