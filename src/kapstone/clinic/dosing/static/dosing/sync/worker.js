// The service worker of one room: gives back the room's own pages when the server does not answer.
// It never hurries a new version in: the browser keeps that one waiting until each room is closed.
const SCOPE = new URL(self.registration.scope);
const SESSION = SCOPE.pathname.split("/")[2];
const CACHE = `kapstone-room ${SESSION}`;
const WITHIN_MS = 4_000;
const PAGES = { "": "room", "help/": "help" };

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const { keep, forget } = event.data ?? {};
  if (keep) event.waitUntil(keepFiles(keep));
  if (forget) event.waitUntil(caches.delete(CACHE));
});

async function keepFiles(files) {
  const cache = await caches.open(CACHE);
  const asked = files.filter((file) => file.startsWith("/static/"));
  await Promise.all(asked.map(async (file) => (await cache.match(file)) ?? cache.add(file)));
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== SCOPE.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request, address));
  else if (address.pathname.startsWith("/static/")) event.respondWith(file(request));
});

// The server's own file first where it answers; a name with a hash in it never changes.
async function file(request) {
  const cached = await (await caches.open(CACHE)).match(request);
  if (cached && /\.[0-9a-f]{12}\.\w+$/.test(new URL(request.url).pathname)) return cached;
  try {
    return await fetch(request);
  } catch (fault) {
    if (cached) return cached;
    throw fault;
  }
}

async function page(request, address) {
  const name = PAGES[address.pathname.slice(SCOPE.pathname.length)];
  if (!address.pathname.startsWith(SCOPE.pathname) || !name) return fetch(request);
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("late")), WITHIN_MS));
  try {
    const answer = await Promise.race([fetch(request), late]);
    if (answer.type === "opaqueredirect" || answer.status === 404) await letGo().catch(() => {});
    if (answer.status < 500) return answer;
    return (await kept(name)) ?? answer;
  } catch (fault) {
    const found = await kept(name);
    if (found) return found;
    throw fault;
  }
}

// --- The sealed page: disk.js wrote it --------------------------------------------------------
const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

function openHere() {
  const opening = indexedDB.open("kapstone-room");
  opening.onupgradeneeded = () => opening.transaction.abort(); // nothing was ever kept
  return asked(opening);
}

// The server sent whoever asked to the sign-in, or knows of no such room for them: are the pages
// still this tablet's to keep? Entries that wait stay, and so does the key to them.
async function letGo() {
  const database = await openHere();
  const store = database.transaction("tablet").objectStore("tablet");
  const [device, room] = await Promise.all([asked(store.get("device_id")), asked(store.get(`room ${SESSION}`))]);
  if (!room) return;
  const where = `/sessions/${SESSION}/room/keeps/?clinic=${encodeURIComponent(room.clinic)}&device=${device}`;
  const said = await (await fetch(where, { cache: "no-store", signal: AbortSignal.timeout(WITHIN_MS) })).json();
  if (said.protocol !== "room-sync/1" || said.session !== SESSION || said.device_id !== device || said.keep !== false) return;
  const writing = database.transaction("kept", "readwrite");
  writing.objectStore("kept").delete(IDBKeyRange.bound(`${SESSION} `, `${SESSION} \uffff`));
  await new Promise((resolve) => { writing.oncomplete = writing.onabort = resolve; });
}

async function kept(name) {
  try {
    const database = await openHere();
    const transaction = database.transaction(["keys", "kept"]);
    const [key, sealed] = await Promise.all([
      asked(transaction.objectStore("keys").get(SESSION)),
      asked(transaction.objectStore("kept").get(`${SESSION} ${name}`)),
    ]);
    database.close();
    const additionalData = new TextEncoder().encode(`${SESSION} ${name}`);
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv, additionalData }, key, sealed.data);
    return answer(JSON.parse(new TextDecoder().decode(plain)));
  } catch {
    return null;
  }
}

// As strict as the server's own pages.
function answer(html) {
  const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    + "connect-src 'self'; manifest-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
  const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin" };
  return new Response(html, { headers });
}
