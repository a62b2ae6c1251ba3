// The page's state, kept in step by events, and which view is shown.

import {call, follow, login, waitsForToken} from "./api.js";
import {button, say} from "./ui.js";
import {gateways} from "./gateways.js";
import {migrations} from "./migrations.js";
import {rollouts} from "./rollouts.js";
import {tenant} from "./tenant.js";
import {tenants} from "./tenants.js";

const views = {tenants, tenant, rollouts, migrations, gateways};
const fleet = {tenants: new Map(), shared: null, required: null, held: 0, loaded: false};
const main = document.getElementById("main");
const live = document.getElementById("live");
let view = null;

/** All tenants, in pages; afterwards events tell what changes. */
async function load() {
  const tenants = new Map();
  let held = 0;
  for (let after = null; ;) {
    const page = await call("tenants?limit=2000" + (after ? "&after=" + encodeURIComponent(after) : ""));
    page.tenants.forEach(tenant => tenants.set(tenant.tenant, tenant));
    Object.assign(fleet, {shared: page.public, required: page.required});
    held = page.held;
    after = page.next;
    if (!after) break;
  }
  Object.assign(fleet, {tenants, held, loaded: true});
  drawSoon();
}

function changed(name, data) {
  if (name === "state") {
    if (!data.tenant) fleet.shared = data;
    else fleet.tenants.set(data.tenant, {...data, held: fleet.tenants.get(data.tenant)?.held ?? 0});
  } else if (name === "hold_started" || name === "hold_ended") {
    const more = name === "hold_started" ? 1 : -1;
    fleet.held = Math.max(0, fleet.held + more);
    const tenant = fleet.tenants.get(data.tenant);
    if (tenant) tenant.held = Math.max(0, (tenant.held ?? 0) + more);
  }
  view?.event?.(name, data);
  drawSoon();
}

// However many events there are, the page is drawn twice a second at most, for a twentieth of the time at most, and not
// where nobody looks.
let due = null;
let next = 0;
function drawSoon() {
  if (document.hidden) { next = 0; return; }
  due ??= setTimeout(() => {
    due = null;
    const began = performance.now();
    if (fleet.loaded) view?.draw?.();
    // A browser lays the page out once this has returned.
    requestAnimationFrame(() => setTimeout(() => { next = began + Math.max(500, 20 * (performance.now() - began)); }));
    next = began + 500;
  }, Math.max(0, next - performance.now()));
}

function show(focus) {
  const [name, argument] = (location.hash.replace(/^#\/?/, "") || "tenants").split("/");
  const make = views[name] ?? views.tenants;
  view?.close?.();
  document.querySelectorAll("nav a").forEach(link => {
    const here = link.hash === "#/" + (name === "tenants" || name === "tenant" || !views[name] ? "" : name);
    if (here) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  });
  main.replaceChildren();
  say("");
  view = make(main, fleet, argument ? decodeURIComponent(argument) : null);
  document.title = (main.querySelector("h1")?.textContent ?? "Tenants") + " – Tenantgate";
  if (fleet.loaded) view.draw?.();
  if (focus) { scrollTo(0, 0); main.focus({preventScroll: true}); }
}

function lost() {
  live.className = "live lost";
  if (waitsForToken()) live.replaceChildren(button("Enter a token…", "", () => login()));
  else live.textContent = "not connected; trying again";
}

document.getElementById("skip").addEventListener("click", event => { event.preventDefault(); main.focus(); });
addEventListener("hashchange", () => show(true));
document.addEventListener("visibilitychange", () => { if (!document.hidden) drawSoon(); });
// Makes up for missed events; the answer is empty if nothing has changed.
setInterval(() => { if (fleet.loaded && !document.hidden) load().catch(() => {}); }, 60000);
show(false);
follow(changed, async () => { await load(); live.className = "live"; live.textContent = "live"; }, lost);
