// Runs over many tenants: how far, how fast, what failed; paused, cancelled, resumed.

import {call} from "./api.js";
import {act, at, button, confirmed, duration, el, every, link, many, number, redraw, state, table} from "./ui.js";

/** Seconds over which the rate is told. */
const WINDOW = 30;

export function rollouts(main) {
  const body = el("div", {}, el("p", {}, "Loading…"));
  const samples = new Map();
  main.append(el("h1", {}, "Rollouts"),
    el("p", {class: "muted"}, "Runs over many tenants, of every gateway and command on the database."), body);
  let drawn = "";
  let due = null;

  async function load() {
    try {
      const {runs} = await call("runs?limit=15");
      const current = runs.find(run => run.state === "running") ?? runs.find(isUnfinished);
      const plan = current && await call("runs/" + current.run);
      if (plan) Object.assign(current, {done: plan.done, failed: plan.failed, state: plan.state}); // one is read a moment later
      const now = JSON.stringify([runs, plan]);
      if (now !== drawn) draw(runs, plan);
      drawn = now;
    } catch (e) {
      drawn = "";
      redraw(body, el("p", {class: "error"}, e.message));
    }
  }

  const soon = milliseconds => { if (!document.hidden) due ??= setTimeout(() => { due = null; load(); }, milliseconds); };

  const isUnfinished = run => run.state === "stopped" || run.state === "interrupted";

  function rate(run) {
    const now = performance.now() / 1000;
    const known = (samples.get(run.run) ?? []).filter(([when]) => now - when < WINDOW);
    known.push([now, run.done + run.failed]);
    samples.set(run.run, known);
    const [from, first] = known[0];
    return now > from ? (run.done + run.failed - first) / (now - from) : 0;
  }

  async function ask(title, text, go, request, danger = false) {
    if (await confirmed(title, text, go, danger)) {
      await act(title.replace("?", ""), request);
      load();
      soon(1500);
    }
  }

  /** The orders that a run under way takes. */
  function goingOn(run, left) {
    const stop = () => call("runs/" + run.run + "/cancel", "POST");
    const discardOnceStopped = async () => {
      await stop();
      for (let tries = 0; ; tries++) {
        await new Promise(done => setTimeout(done, 1000));
        const {state} = await call("runs/" + run.run);
        if (state === "stopped") return call("runs/" + run.run + "/discard", "POST");
        if (state !== "running" || tries === 60) throw new Error("the run is " + state);
      }
    };
    return [
      button("Pause…", "", () => ask("Pause run " + run.run + "?",
        left + " stay as they are until it is resumed; those on their way come to their end.", "Pause " + number(run.left), stop)),
      button("Cancel…", "", () => ask("Cancel run " + run.run + "?",
        left + " stay as they are, and the run can't be resumed. Those on their way come to their end.", "Cancel " + number(run.left), discardOnceStopped, true))];
  }

  function actions(run) {
    const left = many(run.left, "tenant", "tenants");
    if (run.state === "running") return goingOn(run, left);
    return isUnfinished(run) ? [
      button("Resume…", "primary", () => ask("Resume run " + run.run + "?",
        "This migrates " + left + " that are left.", "Resume " + number(run.left), () => call("upgrade?resume=true", "POST"))),
      button("Discard…", "", () => ask("Discard run " + run.run + "?",
        left + " stay as they are, and the run can't be resumed.", "Discard " + number(run.left),
        () => call("runs/" + run.run + "/discard", "POST"), true))] : [];
  }

  const bar = (label, done, total) => el("progress", {value: done, max: Math.max(1, total), "aria-label": label});

  function stages(run) {
    return table("Stages of run " + run.run, [["Stage"], ["Progress", "wide grow"], ["Done", "num"], ["Failed", "num"]],
      run.stages.map(stage => {
        const name = stage.stage + (stage.stage === "wave" ? " " + stage.number : "");
        return el("tr", {}, el("td", {class: "nowrap"}, name),
          el("td", {class: "wide grow"}, bar(name, stage.done + stage.failed, stage.total)),
          el("td", {class: "num nowrap"}, number(stage.done) + " of " + number(stage.total)),
          el("td", {class: "num" + (stage.failed ? " failed" : "")}, number(stage.failed)));
      }));
  }

  function card(run) {
    const ended = run.done + run.failed;
    const percent = run.total ? Math.floor(100 * ended / run.total) : 100;
    const perSecond = run.state === "running" ? rate(run) : 0;
    const figures = [[percent + " %", number(ended) + " of " + number(run.total)], [number(run.failed), run.failed === 1 ? "failure" : "failures"]];
    if (run.state === "running") {
      figures.push([perSecond.toFixed(1), "a second"], [perSecond > 0 ? duration(run.left / perSecond) : "–", "left"]);
    }
    return el("section", {class: "run", "aria-label": "Run " + run.run},
      el("h2", {}, "Run " + run.run + ": ", state(run.state)),
      el("p", {class: "muted"}, run.goal + ", " + run.scope + ", by " + run.by + ", since ", at(run.started_at), run.reason ? "; " + run.reason : ""),
      bar("Run " + run.run, ended, run.total),
      el("ul", {class: "figures"}, figures.map(([value, of]) => el("li", {}, el("b", {}, value), " " + of))),
      el("div", {class: "actions"}, actions(run)),
      stages(run),
      run.failures.length ? table(run.failures.length < run.failed ? "The first " + number(run.failures.length) + " failures of run " + run.run : "Failures of run " + run.run,
        [["Tenant"], ["Error"]], run.failures.map(each => el("tr", {}, el("td", {class: "name"}, each.tenant ? link(each.tenant) : each.schema),
          el("td", {class: "error"}, each.error ?? "")))) : "");
  }

  function draw(runs, plan) {
    redraw(body,
      plan ? card(plan) : el("p", {}, "No run goes on, and none was left unfinished. ", el("a", {href: "#/"}, "Tenants"), " has the button that begins one."),
      runs.length ? table("Runs of late", [["Run", "num"], ["State"], ["Done", "num"], ["Failed", "num"], ["By", "wide"], ["Began", "wide"]],
        runs.map(run => el("tr", {}, el("td", {class: "num"}, String(run.run)), el("td", {}, state(run.state)),
          el("td", {class: "num"}, number(run.done) + " of " + number(run.total)),
          el("td", {class: "num" + (run.failed ? " failed" : "")}, number(run.failed)),
          el("td", {class: "wide"}, run.by), el("td", {class: "wide"}, at(run.started_at))))) : "");
  }

  load();
  // Events tell that something goes on here; runs of other processes are told by the record alone.
  const stop = every(5000, load);
  return {
    event: () => soon(2000),
    close: () => { clearTimeout(due); stop(); },
  };
}
