// This gateway, its pools, and the others on the database.

import {call, login, usesToken} from "./api.js";
import {act, at, button, duration, el, every, facts, many, number, redraw, table} from "./ui.js";

export function gateways(main) {
  const body = el("div", {}, el("p", {}, "Loading…"));
  main.append(el("h1", {}, "Gateways"), body);
  let drawn = "";

  async function load() {
    try {
      const [info, {gateways: all}, {pools}] = await Promise.all([call("info"), call("gateways"), call("pools")]);
      const now = JSON.stringify([info, all, pools]);
      if (now !== drawn) draw(info, all, pools);
      drawn = now;
    } catch (e) {
      drawn = "";
      redraw(body, el("p", {class: "error"}, e.message));
    }
  }

  async function reload() {
    await act("Reload of settings and migrations", async () => {
      const {notes} = await call("reload", "POST");
      if (notes.length) throw new Error("done, but: " + notes.join("; "));
    });
    load();
  }

  const poolsTable = pools => pools.length ? table("Clients and connections to the server, by database and user",
    [["Database"], ["User"], ["Clients", "num"], ["Waiting", "num"], ["Longest wait", "num wide"], ["Active", "num"], ["Idle", "num"], ["Opening", "num wide"]],
    pools.map(each => el("tr", {}, el("td", {class: "name"}, each.database), el("td", {class: "name"}, each.user),
      el("td", {class: "num"}, number(each.clients_active)), el("td", {class: "num" + (each.clients_waiting ? " behind" : "")}, number(each.clients_waiting)),
      el("td", {class: "num wide nowrap"}, each.clients_waiting ? duration(each.longest_wait_ms / 1000) : "–"),
      el("td", {class: "num"}, number(each.servers_active)), el("td", {class: "num"}, number(each.servers_idle)),
      el("td", {class: "num wide"}, number(each.servers_connecting)))))
    : el("p", {class: "muted"}, "Nobody has connected yet.");

  function draw(info, all, pools) {
    redraw(body,
      el("h2", {}, "This gateway"),
      facts([["Version", info.version], ["Process", info.holder], ["Since", at(info.started_at)], ["Database", info.database],
        ["Policy", info.policy + ", migrations " + info.trigger + " by " + many(info.workers, "worker", "workers")],
        ["Migrations", number(info.migrations) + ", the latest is " + (info.latest ?? "–")]]),
      el("div", {class: "actions"}, button("Reload settings and migrations", "", reload),
        usesToken() ? button("Use another token…", "", async () => { if (await login("The page goes on with another token of admin.token-file.")) load(); }) : ""),
      el("h2", {}, "Pools"),
      el("p", {class: "muted"}, info.pool_mode + " pooling, at most " + number(info.pool_size) + " connections for a database and user"),
      poolsTable(pools),
      el("h2", {}, "On this database"),
      table("Gateways that share the database", [["Process"], ["Host", "wide"], ["Since"]],
        all.map(each => el("tr", {}, el("td", {class: "name"}, each.holder + (each.here ? " (this one)" : "")),
          el("td", {class: "wide"}, each.host), el("td", {}, at(each.started_at))))));
  }

  load();
  return {close: every(5000, load)};
}
