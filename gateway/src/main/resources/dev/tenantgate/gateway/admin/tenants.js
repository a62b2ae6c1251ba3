// All tenants: the held ones first, by state, by name, by the migrations that they have or lack.

import {call} from "./api.js";
import {STATES, act, button, confirmed, el, lags, link, many, number, place, state} from "./ui.js";

const AT_ONCE = 200;
const MORE = 1000;

const compare = (a, b) => a < b ? -1 : a > b ? 1 : 0;

/** The order of each column; the greatest first where that is what one looks for. */
const ORDERS = {
  tenant: (a, b) => compare(a.tenant, b.tenant),
  state: (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state),
  version: (a, b) => Number(a.version ?? 0) - Number(b.version ?? 0),
  lag: (a, b) => b.pending.length - a.pending.length,
  held: (a, b) => (b.held ?? 0) - (a.held ?? 0),
};

/** The columns whose greatest come first. */
const GREATEST_FIRST = ["lag", "held"];

/** `lacks:6`, `has:6`: a filter that another view leads to. */
function filterOf(argument) {
  const [kind, version] = (argument ?? "").split(":");
  if (!version) return null;
  const lacks = tenant => tenant.pending.includes(version);
  const known = tenant => tenant.state !== "unknown" && tenant.state !== "unmanaged";
  if (kind === "lacks") return {text: "that lack migration " + version, wants: lacks};
  return kind === "has" ? {text: "that have migration " + version, wants: tenant => known(tenant) && !lacks(tenant)} : null;
}

export function tenants(main, fleet, argument) {
  const filter = filterOf(argument);
  let only = null, order = "held", backwards = false, shown = AT_ONCE;
  const summary = el("p", {class: "muted"}, "Loading…");
  const cards = el("ul", {class: "cards", "aria-label": "Tenants by state"});
  const find = el("input", {type: "search", "aria-label": "Find a tenant", placeholder: "Find a tenant",
    oninput: () => { shown = AT_ONCE; draw(); }});
  const all = button("Upgrade all that lag…", "primary", upgradeAll, {disabled: true});
  const heads = [["tenant", "Tenant", ""], ["state", "State", ""], ["version", "Version", "num wide"],
    ["lag", "Lag", "num"], ["held", "Held", "num"]].map(([key, title, kind]) =>
    el("th", {scope: "col", class: kind, "data-key": key}, button(title, "", () => sort(key))));
  const rows = el("tbody");
  const none = el("p", {class: "muted", hidden: true}, "No tenant is so.");
  const more = button("Show more", "", () => { shown += MORE; draw(); }, {hidden: true});
  main.append(el("h1", {}, "Tenants"), summary,
    filter ? el("p", {class: "chip"}, "Only those " + filter.text + ". ", el("a", {href: "#/"}, "Show all")) : "",
    cards, el("div", {class: "bar"}, find, all),
    el("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "Tenants"},
      el("table", {class: "tenants"}, el("thead", {}, el("tr", {}, heads,
        el("th", {scope: "col", class: "act"}, el("span", {class: "unseen"}, "Action")))), rows)), none, more);

  function sort(key) {
    backwards = order === key && !backwards;
    order = key;
    draw();
  }

  async function upgradeAll() {
    const lagging = [...fleet.tenants.values()].filter(lags);
    const failed = lagging.filter(tenant => tenant.state === "failed").length;
    const text = "This migrates " + many(lagging.length, "tenant", "tenants") +
      (failed ? ", " + number(failed) + " of which failed before" : "") +
      (lags(fleet.shared) ? ", and public" : "") + " to version " + fleet.required + ".";
    if (await confirmed("Upgrade all that lag?", text, "Upgrade " + number(lagging.length))
        && await act("Upgrade of " + many(lagging.length, "tenant", "tenants"), () => call("upgrade", "POST"))) {
      location.hash = "#/rollouts";
    }
  }

  function action(tenant) {
    const title = tenant.state === "failed" ? "Try again" : "Upgrade";
    return button(title, "", async event => {
      const clicked = event.currentTarget;
      clicked.disabled = true;
      await act("Upgrade of " + tenant.tenant, () => call("tenants/" + encodeURIComponent(tenant.tenant) + "/upgrade", "POST"));
      clicked.disabled = false;
    }, {"aria-label": title + ": " + tenant.tenant});
  }

  function rowsOf(tenant) {
    const detail = tenant.error || tenant.hint;
    const pending = tenant.pending.length;
    return [
      el("tr", {class: detail ? "with-detail" : null},
        el("td", {class: "name"}, tenant.tenant ? link(tenant.tenant) : el("span", {}, tenant.schema, el("span", {class: "muted"}, " (shared)"))),
        el("td", {}, state(tenant.state)),
        el("td", {class: "num wide"}, tenant.version ?? "–"),
        el("td", {class: "num", title: pending ? "Pending: " + tenant.pending.join(", ") : null}, number(pending)),
        el("td", {class: "num" + (tenant.held ? " held" : "")}, tenant.held == null ? "" : number(tenant.held)),
        el("td", {class: "act"}, tenant.tenant && lags(tenant) ? action(tenant) : "")),
      detail ? el("tr", {class: "detail"}, el("td", {colspan: 6},
        tenant.error && el("div", {class: "error"}, tenant.error), tenant.hint && el("div", {class: "muted"}, tenant.hint))) : null];
  }

  // A row that hasn't changed isn't made anew: in a rollout a few rows change, twice a second.
  let known = new Map();
  function drawRows(visible) {
    const now = new Map();
    for (const tenant of visible) {
      const text = JSON.stringify(tenant);
      const before = known.get(tenant.schema);
      now.set(tenant.schema, before?.text === text ? before : {text, nodes: rowsOf(tenant).filter(Boolean)});
    }
    known = now;
    place(rows, [...now.values()].flatMap(each => each.nodes));
  }

  function draw() {
    const counts = {held: 0, ...Object.fromEntries(STATES.map(name => [name, 0]))};
    const wanted = find.value.trim().toLowerCase();
    const found = [];
    for (const tenant of fleet.tenants.values()) {
      counts[tenant.state]++;
      if (tenant.held) counts.held++;
      if ((!only || tenant.state === only || (only === "held" && tenant.held))
          && (!filter || filter.wants(tenant)) && tenant.tenant.toLowerCase().includes(wanted)) found.push(tenant);
    }
    summary.textContent = many(fleet.tenants.size, "tenant", "tenants") + " · required version " +
      (fleet.required ?? "–") + " · " + many(fleet.held, "connection", "connections") + " held";
    drawCards(counts);
    all.disabled = counts.behind + counts.failed === 0 && !lags(fleet.shared);
    heads.forEach(head => head.setAttribute("aria-sort",
      head.dataset.key !== order ? "none" : backwards === GREATEST_FIRST.includes(order) ? "ascending" : "descending"));
    const by = ORDERS[order];
    found.sort((a, b) => (backwards ? -by(a, b) : by(a, b)) || ORDERS.state(a, b) || ORDERS.tenant(a, b));
    const visible = found.slice(0, shown);
    if (fleet.shared && !only && !wanted && !filter) visible.unshift({...fleet.shared, held: null});
    drawRows(visible);
    none.hidden = found.length > 0;
    more.hidden = found.length <= shown;
    more.textContent = "Show " + number(Math.min(MORE, found.length - shown)) + " more of " + number(found.length);
  }

  function drawCards(counts) {
    if (!cards.children.length) {
      cards.append(...["held", ...STATES].map(name => el("li", {}, button([el("b", {}), " " + name], name, () => {
        only = only === name ? null : name;
        shown = AT_ONCE;
        draw();
      }, {"data-state": name}))));
    }
    cards.querySelectorAll("button").forEach(card => {
      const count = counts[card.dataset.state];
      card.firstChild.textContent = number(count);
      card.firstChild.className = count ? card.dataset.state : "muted";
      card.setAttribute("aria-pressed", String(only === card.dataset.state));
    });
  }

  return {draw};
}
