// One tenant: where it stands, what it lacks, who is in a transaction, what was done to it; up and back.

import {call} from "./api.js";
import {act, at, button, confirmed, duration, el, every, facts, lags, many, number, redraw, state, table} from "./ui.js";

export function tenant(main, fleet, name) {
  const path = "tenants/" + encodeURIComponent(name);
  const body = el("div", {}, el("p", {}, "Loading…"));
  main.append(el("p", {class: "back"}, el("a", {href: "#/"}, "All tenants")), el("h1", {}, name), body);
  let due = null;
  let drawn = "";

  async function load() {
    try {
      const it = await call(path);
      const now = JSON.stringify(it);
      if (now !== drawn) draw(it);
      drawn = now;
    } catch (e) {
      drawn = "";
      redraw(body, el("p", {class: "error"}, e.message));
    }
  }

  async function upgrade(it) {
    const text = "This applies " + many(it.pending.length, "migration", "migrations") + ": " + it.pending.join(", ") + ".";
    if (await confirmed("Upgrade " + name + "?", text, "Apply " + number(it.pending.length))) {
      await act("Upgrade of " + name, () => call(path + "/upgrade", "POST"));
      load();
    }
  }

  /** Asks how far back: the choice says how many migrations go, and which. */
  async function rollBack(applied) {
    const go = document.getElementById("confirm-go");
    const told = el("p", {"aria-live": "polite"});
    const choice = el("select", {id: "back-to"}, applied.map((each, i) => el("option", {value: i},
      i + 1 < applied.length ? applied[i + 1].version + " " + applied[i + 1].name : "0: nothing is applied")));
    const gone = () => applied.slice(0, Number(choice.value) + 1);
    const tell = () => {
      const versions = gone().map(each => each.version);
      told.textContent = "This takes back " + many(versions.length, "migration", "migrations") + " of " + name + ": " +
        versions.join(", ") + ". Their ways down are run; data that they drop is gone.";
      go.textContent = "Take back " + number(versions.length);
    };
    choice.addEventListener("change", tell);
    const ask = confirmed("Roll back " + name + "?", [
      el("label", {for: "back-to"}, "Highest version that stays"), choice, told,
      el("p", {class: "muted"}, "The gateway requires " + (fleet.required ?? "the latest version") +
        ": sessions of this tenant are held or rejected until it is there again, and may set off its upgrade.")], "", true);
    tell();
    if (await ask) {
      const stays = applied[gone().length];
      await act("Roll back of " + name, () => call(path + "/rollback?to=" + encodeURIComponent(stays ? stays.version : "0"), "POST"));
      load();
    }
  }

  function actions(it) {
    // Newest first; those that run anew whenever their text changes have no version to go back to.
    const applied = it.history.filter(each => each.status === "success" && /^\d/.test(each.version)).reverse();
    return el("div", {class: "actions"},
      button(it.state === "failed" ? "Try again…" : "Upgrade…", "primary", () => upgrade(it), {disabled: !lags(it)}),
      button("Roll back…", "", () => rollBack(applied), {disabled: !applied.length || it.state === "migrating" || Boolean(it.tool)}));
  }

  function pending(it) {
    return it.pending_migrations.length ? it.pending_migrations.map(each =>
      el("details", {id: "pending-" + each.version},
        el("summary", {}, each.version + " " + each.name),
        each.description && el("p", {class: "muted"}, each.description),
        el("pre", {tabindex: 0, role: "region", "aria-label": "SQL of " + each.version}, each.sql.trim())))
      : el("p", {class: "muted"}, "Nothing is pending.");
  }

  function sessions(it) {
    return it.in_transaction.length ? table("Sessions in a transaction", [["User"], ["Application"], ["Client", "wide"], ["State"], ["For", "num"]],
      it.in_transaction.map(each => el("tr", {}, el("td", {}, each.user ?? "–"), el("td", {}, each.application_name || "–"),
        el("td", {class: "wide"}, each.client ?? "–"), el("td", {}, each.state),
        el("td", {class: "num nowrap"}, duration(each.in_transaction_ms / 1000)))))
      : el("p", {class: "muted"}, "Nobody.");
  }

  function history(it) {
    return it.history.length ? table("Applied migrations, the latest first", [["Version", "num"], ["Name"], ["Status"], ["Applied at", "wide"], ["Took", "num wide"]],
      it.history.slice().reverse().map(each => el("tr", {}, el("td", {class: "num"}, each.version), el("td", {class: "name"}, each.name),
        el("td", {}, state(each.status), each.error && el("div", {class: "error"}, each.error)),
        el("td", {class: "wide"}, at(each.applied_at)),
        el("td", {class: "num wide nowrap"}, each.execution_time_ms == null ? "–" : number(each.execution_time_ms) + " ms"))))
      : el("p", {class: "muted"}, "Nothing is applied.");
  }

  function draw(it) {
    redraw(body,
      facts([["State", state(it.state)], ["Schema", it.schema],
        ["Version", (it.version ?? "none") + " of " + (it.required ?? "–")], ["Held connections", number(it.held)]]),
      it.error ? [el("h2", {}, "Last failure"), el("p", {class: "error"}, it.error)] : "",
      it.hint ? el("p", {class: "muted"}, it.hint) : "",
      actions(it),
      el("h2", {}, "Pending"), pending(it),
      el("h2", {}, "In a transaction"), sessions(it),
      el("h2", {}, "History"), history(it));
  }

  load();
  const stop = every(5000, load); // no event tells of transactions
  return {
    event: (kind, data) => {
      if (data.tenant === name) due ??= setTimeout(() => { due = null; load(); }, 500);
    },
    close: () => { clearTimeout(due); stop(); },
  };
}
