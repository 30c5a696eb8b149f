// data-push="<key of the site>" data-push-to="<address>": a button that lets this browser show messages (Push API).
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function deviceName() {
  const agent = navigator.userAgent;
  const browser = /Edg\//.test(agent) ? "Edge" : /Firefox\//.test(agent) ? "Firefox" : /Chrome\//.test(agent) ? "Chrome" : /Safari\//.test(agent) ? "Safari" : "";
  const system = /Android/.test(agent) ? "Android" : /iPhone|iPad/.test(agent) ? "iOS" : /Mac OS/.test(agent) ? "macOS" : /Windows/.test(agent) ? "Windows" : /Linux/.test(agent) ? "Linux" : "";
  return [browser, system].filter(Boolean).join(" · ");
}

async function subscribe(place) {
  const registration = await navigator.serviceWorker.ready;
  const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(place.dataset.push) });
  const fields = { endpoint: made.endpoint, key: text(made.getKey("p256dh")), secret: text(made.getKey("auth")), name: deviceName() };
  const answer = await fetch(place.dataset.pushTo, { method: "POST", body: new URLSearchParams(fields) });
  if (!answer.ok) throw new Error(String(answer.status));
}

async function press(place) {
  const status = place.querySelector("[role=status]");
  if ((await Notification.requestPermission()) !== "granted") {
    status.textContent = status.dataset.pushRefused;
    return;
  }
  try {
    await subscribe(place);
    location.reload();
  } catch {
    status.textContent = status.dataset.pushFailed;
  }
}

function start() {
  const place = document.querySelector("[data-push][hidden]");
  if (!place || !("PushManager" in window) || !("serviceWorker" in navigator)) return;
  place.hidden = false;
  place.querySelector("button").addEventListener("click", () => press(place));
}

start();
document.addEventListener("htmx:after:swap", start);
