// What is shown of tenants, rollouts, migrations and gateways.

import {call} from "./api.js";
import {act, at, confirmed, duration, el, many, number, say, table} from "./ui.js";

const STATES = ["failed", "behind", "migrating", "unknown", "unmanaged", "ahead", "current"];
const AT_ONCE = 200;

const lags = tenant => tenant && (tenant.state === "behind" || tenant.state === "failed");
const state = name => el("span", {class: "state " + name}, name);
const link = tenant => el("a", {href: "#/tenant/" + encodeURIComponent(tenant)}, tenant);
const compare = (a, b) => a < b ? -1 : a > b ? 1 : 0;

/** What each column is in order by; the greatest first where that is what one looks for. */
const ORDERS = {
  tenant: (a, b) => compare(a.tenant, b.tenant),
  state: (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state),
  version: (a, b) => Number(a.version ?? 0) - Number(b.version ?? 0),
  lag: (a, b) => b.pending.length - a.pending.length,
  held: (a, b) => (b.held ?? 0) - (a.held ?? 0),
};

function tenants(main, fleet) {
  let only = null, order = "held", backwards = false, shown = AT_ONCE;
  const summary = el("p", {class: "muted"});
  const cards = el("ul", {class: "cards", "aria-label": "Tenants by state"});
  const find = el("input", {type: "search", "aria-label": "Find a tenant", placeholder: "Find a tenant",
    oninput: () => { shown = AT_ONCE; draw(); }});
  const all = el("button", {class: "primary", onclick: upgradeAll}, "Upgrade all that lag…");
  const heads = [["tenant", "Tenant", ""], ["state", "State", ""], ["version", "Version", "num wide"],
    ["lag", "Lag", "num"], ["held", "Held", "num"]].map(([key, title, kind]) =>
    el("th", {scope: "col", class: kind, "data-key": key},
      el("button", {type: "button", onclick: () => sort(key)}, title)));
  const rows = el("tbody");
  const more = el("button", {type: "button", onclick: () => { shown += 1000; draw(); }});
  main.append(el("h1", {}, "Tenants"), summary, cards, el("div", {class: "bar"}, find, all),
    el("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": "Tenants"},
      el("table", {}, el("thead", {}, el("tr", {}, heads,
        el("th", {scope: "col"}, "Action"))), rows)), more);

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
    if (await confirmed("Upgrade all that lag?", text, "Upgrade " + number(lagging.length))) {
      await act("Upgrade of " + many(lagging.length, "tenant", "tenants"), () => call("upgrade", "POST"));
      location.hash = "#/rollouts";
    }
  }

  function row(tenant) {
    const name = tenant.tenant ?? tenant.schema;
    const button = tenant.tenant && lags(tenant) &&
      el("button", {type: "button", "aria-label": "Upgrade " + name, onclick: event => {
        event.target.disabled = true;
        act("Upgrade of " + name, () => call("tenants/" + encodeURIComponent(name) + "/upgrade", "POST"));
      }}, tenant.state === "failed" ? "Try again" : "Upgrade");
    return el("tr", {},
      el("td", {class: "name"}, tenant.tenant ? link(name) : name),
      el("td", {}, state(tenant.state), tenant.error && el("div", {class: "error"}, tenant.error),
        tenant.hint && el("div", {class: "muted"}, tenant.hint)),
      el("td", {class: "num wide"}, tenant.version ?? "–"),
      el("td", {class: "num", title: tenant.pending.join(", ")}, number(tenant.pending.length)),
      el("td", {class: "num"}, tenant.held == null ? "" : number(tenant.held)),
      el("td", {}, button || ""));
  }

  let drawn = "";
  function draw() {
    const counts = Object.fromEntries(STATES.map(name => [name, 0]));
    const wanted = find.value.toLowerCase();
    const found = [];
    for (const tenant of fleet.tenants.values()) {
      counts[tenant.state]++;
      if ((!only || tenant.state === only) && tenant.tenant.toLowerCase().includes(wanted)) found.push(tenant);
    }
    summary.textContent = many(fleet.tenants.size, "tenant", "tenants") + " · required version " +
      (fleet.required ?? "–") + " · " + many(fleet.held, "connection", "connections") + " held";
    drawCards(counts);
    all.disabled = counts.behind + counts.failed === 0 && !lags(fleet.shared);
    heads.forEach(head => head.setAttribute("aria-sort",
      head.dataset.key !== order ? "none" : backwards ? "descending" : "ascending"));
    const by = ORDERS[order];
    found.sort((a, b) => (backwards ? -by(a, b) : by(a, b)) || ORDERS.state(a, b) || ORDERS.tenant(a, b));
    const visible = found.slice(0, shown);
    if (fleet.shared && !only && !wanted) visible.unshift({...fleet.shared, held: null});
    const now = JSON.stringify(visible);
    if (now !== drawn) {
      // A button that has the focus keeps it.
      const focused = rows.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
      rows.replaceChildren(...visible.map(row));
      drawn = now;
      if (focused) rows.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
    }
    more.hidden = found.length <= shown;
    more.textContent = "Show more of " + number(found.length);
  }

  function drawCards(counts) {
    if (!cards.children.length) {
      cards.append(...STATES.map(name => el("li", {},
        el("button", {type: "button", "data-state": name, onclick: () => {
          only = only === name ? null : name;
          shown = AT_ONCE;
          draw();
        }}, el("b", {class: name}), name))));
    }
    cards.querySelectorAll("button").forEach(button => {
      button.firstChild.textContent = number(counts[button.dataset.state]);
      button.setAttribute("aria-pressed", String(only === button.dataset.state));
    });
  }

  return {draw};
}

function tenant(main, fleet, name) {
  const body = el("div", {}, el("p", {}, "Loading…"));
  main.append(el("p", {}, el("a", {href: "#/"}, "All tenants")), el("h1", {}, name), body);
  let due = null;

  async function load() {
    try {
      draw(await call("tenants/" + encodeURIComponent(name)));
    } catch (e) {
      body.replaceChildren(el("p", {class: "error"}, e.message));
    }
  }

  function draw(it) {
    const opened = new Set([...body.querySelectorAll("details[open]")].map(each => each.id));
    const facts = [["State", state(it.state)], ["Schema", it.schema],
      ["Version", (it.version ?? "none") + " of " + (it.required ?? "–")], ["Held connections", number(it.held)]];
    const upgrade = el("button", {type: "button", class: "primary", disabled: !lags(it), onclick: async () => {
      const text = "This applies " + many(it.pending.length, "migration", "migrations") + ": " + it.pending.join(", ") + ".";
      if (await confirmed("Upgrade " + name + "?", text, "Upgrade 1 tenant")) {
        await act("Upgrade of " + name, () => call("tenants/" + encodeURIComponent(name) + "/upgrade", "POST"));
      }
    }}, it.state === "failed" ? "Try again…" : "Upgrade…");
    body.replaceChildren(
      el("dl", {}, facts.map(([term, value]) => [el("dt", {}, term), el("dd", {}, value)])),
      it.error ? el("div", {}, el("h2", {}, "Last failure"), el("p", {class: "error"}, it.error)) : "",
      it.hint ? el("p", {class: "muted"}, it.hint) : "",
      el("div", {class: "actions"}, upgrade),
      el("h2", {}, "Pending"),
      it.pending_migrations.length ? el("div", {}, it.pending_migrations.map(each =>
        el("details", {id: "pending-" + each.version, open: opened.has("pending-" + each.version)},
          el("summary", {}, each.version + " " + each.name),
          each.description && el("p", {class: "muted"}, each.description),
          el("pre", {tabindex: 0, "aria-label": "SQL of " + each.version}, each.sql.trim()))))
        : el("p", {class: "muted"}, "Nothing is pending."),
      el("h2", {}, "In a transaction"),
      it.in_transaction.length ? table("Sessions in a transaction", [["User"], ["Application"], ["Client", "wide"], ["State"], ["For", "num"]],
        it.in_transaction.map(each => el("tr", {}, el("td", {}, each.user ?? "–"), el("td", {}, each.application_name || "–"),
          el("td", {class: "wide"}, each.client ?? "–"), el("td", {}, each.state),
          el("td", {class: "num"}, duration(each.in_transaction_ms / 1000)))))
        : el("p", {class: "muted"}, "Nobody."),
      el("h2", {}, "History"),
      it.history.length ? table("Applied migrations", [["Version", "num"], ["Name"], ["Status"], ["Applied at", "wide"], ["ms", "num"]],
        it.history.slice().reverse().map(each => el("tr", {}, el("td", {class: "num"}, each.version), el("td", {class: "name"}, each.name),
          el("td", {}, state(each.status), each.error && el("div", {class: "error"}, each.error)),
          el("td", {class: "wide"}, at(each.applied_at)), el("td", {class: "num"}, each.execution_time_ms ?? "–"))))
        : el("p", {class: "muted"}, "Nothing is applied."));
  }

  load();
  return {
    event: (kind, data) => {
      if (data.tenant === name) due ??= setTimeout(() => { due = null; load(); }, 1000);
    },
    close: () => clearTimeout(due),
  };
}

function rollouts(main) {
  const body = el("div", {}, el("p", {}, "Loading…"));
  const samples = new Map();
  main.append(el("h1", {}, "Rollouts"),
    el("p", {class: "muted"}, "Runs over many tenants, of every gateway and command on the database."), body);
  let drawn = "";

  async function load() {
    if (document.hidden) return;
    try {
      const {runs} = await call("runs?limit=15");
      const current = runs.find(run => run.state === "running") ?? runs.find(run => run.state === "stopped" || run.state === "interrupted");
      const plan = current && await call("runs/" + current.run);
      const now = JSON.stringify([runs, plan]);
      if (now !== drawn) draw(runs, plan);
      drawn = now;
    } catch (e) {
      body.replaceChildren(el("p", {class: "error"}, e.message));
    }
  }

  function rate(run) {
    const known = samples.get(run.run) ?? [];
    known.push([performance.now() / 1000, run.done + run.failed]);
    samples.set(run.run, known.slice(-15));
    const [[from, first]] = known, [to, last] = known[known.length - 1];
    return to > from ? (last - first) / (to - from) : 0;
  }

  const button = (title, kind, doing) => el("button", {type: "button", class: kind, onclick: doing}, title);

  async function ask(title, text, go, request) {
    if (await confirmed(title, text, go)) {
      await act(title.replace("?", ""), request);
      load();
    }
  }

  function actions(run) {
    const left = many(run.left, "tenant", "tenants");
    const stop = () => call("runs/" + run.run + "/cancel", "POST");
    const discard = () => call("runs/" + run.run + "/discard", "POST");
    const discardOnceStopped = async () => {
      await stop();
      for (let tries = 0; ; tries++) {
        await new Promise(done => setTimeout(done, 1000));
        const {state} = await call("runs/" + run.run);
        if (state === "stopped") return discard();
        if (state !== "running" || tries === 60) throw new Error("the run is " + state);
      }
    };
    if (run.state === "running") {
      return [
        button("Pause…", "", () => ask("Pause run " + run.run + "?", left + " stay as they are until it is resumed; those on their way come to their end.", "Pause " + number(run.left), stop)),
        button("Cancel…", "", () => ask("Cancel run " + run.run + "?", left + " stay as they are, and the run can't be resumed.", "Cancel " + number(run.left), discardOnceStopped))];
    }
    return run.state === "stopped" || run.state === "interrupted" ? [
      button("Resume…", "primary", () => ask("Resume run " + run.run + "?", "This migrates " + left + " that are left.", "Resume " + number(run.left), () => call("upgrade?resume=true", "POST"))),
      button("Discard…", "", () => ask("Discard run " + run.run + "?", left + " stay as they are, and the run can't be resumed.", "Discard", discard))] : [];
  }

  function card(run) {
    const perSecond = run.state === "running" ? rate(run) : 0;
    const ended = run.done + run.failed;
    return el("section", {class: "run", "aria-label": "Run " + run.run},
      el("h2", {}, "Run " + run.run + ": ", state(run.state)),
      el("p", {class: "muted"}, run.goal + ", " + run.scope + ", by " + run.by + ", since " + at(run.started_at) + (run.reason ? "; " + run.reason : "")),
      el("progress", {value: ended, max: Math.max(1, run.total), "aria-label": "Run " + run.run}),
      el("p", {}, number(ended) + " of " + number(run.total) + " · " + many(run.failed, "failure", "failures") +
        (run.state === "running" ? " · " + perSecond.toFixed(1) + " a second · " + (perSecond > 0 ? duration(run.left / perSecond) : "–") + " left" : "")),
      el("div", {class: "actions"}, actions(run)),
      table("Stages of run " + run.run, [["Stage"], ["Tenants", "num"], ["Done", "num"], ["Failed", "num"]],
        run.stages.map(stage => el("tr", {}, el("td", {}, stage.stage + (stage.stage === "wave" ? " " + stage.number : "")),
          el("td", {class: "num"}, number(stage.total)), el("td", {class: "num"}, number(stage.done)), el("td", {class: "num"}, number(stage.failed))))),
      run.failures.length ? table("Failures of run " + run.run, [["Tenant"], ["Error"]],
        run.failures.map(each => el("tr", {}, el("td", {class: "name"}, each.tenant ? link(each.tenant) : each.schema),
          el("td", {class: "error"}, each.error ?? "")))) : "");
  }

  function draw(runs, plan) {
    const focused = body.contains(document.activeElement) && document.activeElement.textContent;
    body.replaceChildren(
      plan ? card(plan) : el("p", {class: "muted"}, "No run goes on, and none was left unfinished."),
      runs.length ? table("Runs of late", [["Run", "num"], ["State"], ["Done", "num"], ["Failed", "num"], ["By", "wide"], ["Began", "wide"]],
        runs.map(run => el("tr", {}, el("td", {class: "num"}, String(run.run)), el("td", {}, state(run.state)),
          el("td", {class: "num"}, number(run.done) + " of " + number(run.total)), el("td", {class: "num"}, number(run.failed)),
          el("td", {class: "wide"}, run.by), el("td", {class: "wide"}, at(run.started_at))))) : "");
    if (focused) [...body.querySelectorAll("button")].find(each => each.textContent === focused)?.focus();
  }

  load();
  const timer = setInterval(load, 2000);
  return {close: () => clearInterval(timer)};
}

function migrations(main) {
  const body = el("div", {}, el("p", {}, "Loading…"));
  main.append(el("h1", {}, "Migrations"), body);
  call("migrations").then(({migrations: all}) => body.replaceChildren(
    table("The latest first, and where each has been applied", [["Version", "num"], ["Name"], ["Scope", "wide"], ["Public"], ["Applied", "num"], ["Pending", "num"]],
      all.map(each => el("tr", {}, el("td", {class: "num"}, each.version),
        el("td", {class: "name"}, each.name, each.description && el("div", {class: "muted"}, each.description)),
        el("td", {class: "wide"}, each.scope), el("td", {}, each.public ?? "–"),
        el("td", {class: "num"}, each.scope === "public" ? "–" : number(each.tenants_applied)),
        el("td", {class: "num"}, each.scope === "public" ? "–" : number(each.tenants_pending)))))))
    .catch(e => body.replaceChildren(el("p", {class: "error"}, e.message)));
  return {};
}

function gateways(main) {
  const body = el("div", {}, el("p", {}, "Loading…"));
  main.append(el("h1", {}, "Gateways"), body);

  async function load() {
    try {
      const [info, {gateways: all}] = await Promise.all([call("info"), call("gateways")]);
      draw(info, all);
    } catch (e) {
      body.replaceChildren(el("p", {class: "error"}, e.message));
    }
  }

  function draw(info, all) {
    const facts = [["Version", info.version], ["Process", info.holder], ["Since", at(info.started_at)], ["Database", info.database],
      ["Policy", info.policy + ", migrations " + info.trigger + " by " + many(info.workers, "worker", "workers")],
      ["Pools", info.pool_mode + ", " + number(info.pool_size) + " for a database and user"],
      ["Migrations", number(info.migrations) + ", the latest is " + (info.latest ?? "–")]];
    body.replaceChildren(
      el("h2", {}, "This gateway"),
      el("dl", {}, facts.map(([term, value]) => [el("dt", {}, term), el("dd", {}, value)])),
      el("div", {class: "actions"}, el("button", {type: "button", onclick: async () => {
        await act("Reload of settings and migrations", () => call("reload", "POST"));
        load();
      }}, "Reload settings and migrations")),
      table("Gateways that share the database", [["Process"], ["Host"], ["Since", "wide"]],
        all.map(each => el("tr", {}, el("td", {class: "name"}, each.holder + (each.here ? " (this one)" : "")),
          el("td", {}, each.host), el("td", {class: "wide"}, at(each.started_at))))));
  }

  load();
  return {};
}

export const views = {tenants, tenant, rollouts, migrations, gateways};
