// The migrations, and where each has been applied: counted here, as events change that.

import {call} from "./api.js";
import {el, number, redraw, table} from "./ui.js";

export function migrations(main, fleet) {
  const body = el("div", {}, el("p", {}, "Loading…"));
  main.append(el("h1", {}, "Migrations"), body);
  let all = null;
  let drawn = "";

  function counted() {
    let known = 0;
    const pending = new Map();
    for (const tenant of fleet.tenants.values()) {
      if (tenant.state === "unknown" || tenant.state === "unmanaged") continue;
      known++;
      tenant.pending.forEach(version => pending.set(version, (pending.get(version) ?? 0) + 1));
    }
    return all.map(each => {
      const lacking = pending.get(each.version) ?? 0;
      const shared = each.public && (fleet.shared?.pending.includes(each.version) ? "pending" : "applied");
      return {...each, public: shared, tenants_pending: lacking, tenants_applied: known - lacking};
    });
  }

  const cell = (each, kind, count, what) => el("td", {class: "num"}, each.scope === "public" ? "–" : count === 0 ? "0" :
    el("a", {href: "#/tenants/" + kind + ":" + encodeURIComponent(each.version), "aria-label": number(count) + " tenants " + what + " " + each.version}, number(count)));

  function draw() {
    if (!all) return;
    const rows = counted();
    const now = JSON.stringify(rows);
    if (now === drawn) return;
    drawn = now;
    redraw(body, rows.length ? table("The latest first, and in how many tenants each has been applied",
      [["Version", "num"], ["Name", "grow"], ["Scope", "wide"], ["Public"], ["Applied", "num"], ["Pending", "num"]],
      rows.map(each => el("tr", {}, el("td", {class: "num"}, each.version),
        el("td", {class: "name"}, each.name, each.description && el("div", {class: "muted"}, each.description)),
        el("td", {class: "wide"}, each.scope),
        el("td", {}, each.public ? el("span", {class: each.public === "pending" ? "behind" : null}, each.public) : "–"),
        cell(each, "has", each.tenants_applied, "have"), cell(each, "lacks", each.tenants_pending, "lack"))))
      : el("p", {class: "muted"}, "There are no migrations in migrations.locations."));
  }

  call("migrations").then(answer => { all = answer.migrations; if (fleet.loaded) draw(); })
    .catch(e => redraw(body, el("p", {class: "error"}, e.message)));
  return {draw};
}
