// The service worker of the whole site. The server writes the line before this: self.CERCLE = {version, files, offline, share}.
//
// It keeps what everybody may see: hashed static files, and the page that is shown without a connection. Pages of clubs are
// never kept. What the device shares (files to be sent into a club) waits here until a page takes it, half an hour at most.
const { version, files, offline, share } = self.CERCLE;
const STATIC = "cercle-static-";
const OFFLINE = "cercle-offline";
const SHARED = "cercle-shared";
const SHARED_FOR = 30 * 60_000;

addEventListener("install", (event) => event.waitUntil(fill().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(takeOver()));
addEventListener("message", (event) => {
  if (event.data?.type === "page") event.waitUntil(Promise.all([speak(event.data.language), forgetShared()]));
});
addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (origin !== location.origin) return;
  if (method === "POST" && share && pathname === share) event.respondWith(takeIn(event.request));
  else if (method === "GET" && mode === "navigate") event.respondWith(navigate(event));
  else if (method === "GET" && isLasting(url)) event.respondWith(fromCache(event));
});

addEventListener("push", (event) => event.waitUntil(tell(event)));
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(goTo(event.notification.data));
});

async function fill() {
  const cache = await caches.open(STATIC + version);
  await Promise.all([keepOffline(await knownLanguage()), ...files.map((url) => keep(cache, url))]);
}

/** A file that cannot be fetched now is fetched when a page needs it. */
async function keep(cache, url) {
  const answer = await fetch(url, { credentials: "omit" }).catch(() => null);
  if (answer?.ok) await cache.put(url, answer);
}

/** The cache before this one stays too: a page that is open from before may still need a file of its own build. */
async function takeOver() {
  const kept = (await caches.keys()).filter((name) => name.startsWith(STATIC) && name !== STATIC + version);
  await Promise.all(kept.slice(0, -1).map((name) => caches.delete(name)));
  await registration.navigationPreload?.enable();
  await clients.claim();
}

async function navigate(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await caches.match(offline, { cacheName: OFFLINE })) ?? Response.error();
  }
}

/** Addresses that carry a hash of what they stand for never change their meaning. */
function isLasting(url) {
  const { pathname, searchParams } = new URL(url);
  return pathname.startsWith("/static/") && (pathname.includes("/dist/") || searchParams.has("v"));
}

async function fromCache(event) {
  const kept = await caches.match(event.request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(event.request);
  if (answer.ok && answer.status === 200 && answer.type === "basic") {
    const copy = answer.clone();
    event.waitUntil(caches.open(STATIC + version).then((cache) => cache.put(event.request, copy)));
  }
  return answer;
}

/** The page without a connection speaks the language of the page that was open last. */
async function speak(language) {
  if ((await knownLanguage()) !== language) await keepOffline(language);
}

async function knownLanguage() {
  const kept = await caches.match(offline, { cacheName: OFFLINE });
  return kept?.headers.get("Content-Language") ?? "";
}

async function keepOffline(language) {
  const answer = await fetch(`${offline}?lang=${encodeURIComponent(language ?? "")}`, { credentials: "omit" }).catch(() => null);
  if (answer?.ok) await (await caches.open(OFFLINE)).put(offline, answer);
}

/** Keeps shared files for the page that sends them, and goes on to that page with the words. */
async function takeIn(request) {
  const form = await request.formData();
  const files = form.getAll("files").filter((file) => file instanceof File && file.size > 0);
  await caches.delete(SHARED);
  const cache = await caches.open(SHARED);
  for (const [index, file] of files.entries()) {
    const headers = { "Content-Type": file.type || "application/octet-stream", "X-Name": encodeURIComponent(file.name), "X-At": String(Date.now()) };
    await cache.put(`${share}/${index}`, new Response(file, { headers }));
  }
  const words = new URLSearchParams(files.length ? { files: String(files.length) } : {});
  for (const [name, most] of [["title", 200], ["url", 2000], ["text", 6000]]) {
    const text = form.get(name);
    if (typeof text === "string" && text) words.set(name, text.slice(0, most));
    if (name === "text" && text?.length > most) words.set("cut", "1");
  }
  return Response.redirect(`${share}?${words}`, 303);
}

async function forgetShared() {
  if (!(await caches.has(SHARED))) return;
  const [first] = await (await caches.open(SHARED)).matchAll();
  if (Date.now() - Number(first?.headers.get("X-At")) > SHARED_FOR) await caches.delete(SHARED);
}

/** What the server sealed for this browser: a title, a line or two, and the path to which a press leads. */
async function tell(event) {
  const { title, body, url, tag } = event.data?.json() ?? {};
  if (title) await registration.showNotification(title, { body, tag, data: url });
}

/** Goes to a page of this site, in the window that is open if there is one. */
async function goTo(path) {
  const target = new URL(typeof path === "string" ? path : "/", location.origin);
  if (target.origin !== location.origin) return;
  const [open] = await clients.matchAll({ type: "window" });
  if (!open) return void (await clients.openWindow(target.href));
  await open.navigate(target.href);
  await open.focus();
}
