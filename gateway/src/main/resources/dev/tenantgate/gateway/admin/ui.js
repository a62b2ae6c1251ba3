// Elements, and what the page says and asks.

export const STATES = ["failed", "behind", "migrating", "unknown", "unmanaged", "ahead", "current"];

/** An element with attributes (`on…` listen, all others are set) and children. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter(child => child != null && child !== false));
  return node;
}

/** A button; its title may be elements. */
export const button = (title, kind, onclick, more = {}) => el("button", {type: "button", class: kind, onclick, ...more}, title);

export const number = value => Number(value ?? 0).toLocaleString("en");

export const many = (count, one, more) => number(count) + " " + (count === 1 ? one : more);

export const at = text => text
  ? el("time", {datetime: text, class: "nowrap"}, new Date(text).toLocaleString("en-GB", {dateStyle: "medium", timeStyle: "medium"})) : "–";

export const state = name => el("span", {class: "state " + name}, name);

export const link = tenant => el("a", {href: "#/tenant/" + encodeURIComponent(tenant)}, tenant);

/** Whether an upgrade would do something for it. */
export const lags = tenant => Boolean(tenant) && (tenant.state === "behind" || tenant.state === "failed");

export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 90) return Math.ceil(seconds) + " s";
  return seconds < 5400 ? Math.ceil(seconds / 60) + " min" : (seconds / 3600).toFixed(1) + " h";
}

/** Terms and their values. */
export const facts = pairs => el("dl", {}, pairs.map(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]));

/** A table that scrolls by itself, by keyboard too; columns are [title, class]. */
export function table(caption, columns, rows) {
  return el("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": caption},
    el("table", {},
      el("caption", {}, caption),
      el("thead", {}, el("tr", {}, columns.map(([title, kind]) => el("th", {scope: "col", class: kind}, title)))),
      el("tbody", {}, rows)));
}

/** Tells a control from the others beside it, so that the focus finds it again. */
const nameOf = node => [node.tagName, node.id, node.getAttribute("aria-label"), node.getAttribute("href"), node.textContent.slice(0, 60)].join("|");

/** Gives a container other children; who has the focus keeps it, and what is open stays open. */
export function redraw(container, ...children) {
  const active = document.activeElement;
  const focused = container.contains(active) && active !== container ? nameOf(active) : null;
  const opened = new Set([...container.querySelectorAll("details[open]")].map(each => each.id));
  container.replaceChildren(...children.flat(Infinity).filter(child => child != null && child !== false && child !== ""));
  container.querySelectorAll("details").forEach(each => { if (opened.has(each.id)) each.open = true; });
  if (focused) focus(container, focused);
}

/** Brings a container to these children, and moves as few as it can; who has the focus keeps it. */
export function place(container, nodes) {
  const active = document.activeElement;
  const focused = container.contains(active) ? nameOf(active) : null;
  const wanted = new Set(nodes);
  for (const child of [...container.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, i) => {
    if (container.children[i] !== node) container.insertBefore(node, container.children[i] ?? null);
  });
  if (focused && !container.contains(document.activeElement)) focus(container, focused);
}

function focus(container, name) {
  [...container.querySelectorAll("a, button, input, select, summary, [tabindex]")]
    .find(each => nameOf(each) === name)?.focus({preventScroll: true});
}

let saidAt = null;

/** Says something in the corner, for a while; an error stays until the next. */
export function say(text, error = false) {
  const notice = document.getElementById("notice");
  clearTimeout(saidAt);
  notice.textContent = text;
  notice.classList.toggle("bad", error);
  if (text && !error) saidAt = setTimeout(() => { notice.textContent = ""; }, 8000);
}

/**
 * Asks before something is done; whether it is to be. The text is one, or elements; `go` may be
 * changed while the dialog is open.
 */
export function confirmed(title, text, go, danger = false) {
  const dialog = document.getElementById("confirm");
  const button = document.getElementById("confirm-go");
  const opener = document.activeElement;
  const name = nameOf(opener);
  document.getElementById("confirm-title").textContent = title;
  document.getElementById("confirm-text").replaceChildren(...(Array.isArray(text) ? text : [el("p", {}, text)]));
  button.textContent = go;
  button.className = danger ? "danger" : "primary";
  dialog.returnValue = "cancel";
  dialog.showModal();
  document.getElementById("confirm-leave").focus();
  return new Promise(done => dialog.addEventListener("close", () => {
    // The view may have been drawn anew meanwhile.
    if (!opener.isConnected) focus(document.getElementById("main"), name);
    done(dialog.returnValue === "go");
  }, {once: true}));
}

/** Has something be done, and says how that went; whether it went well. */
export async function act(what, request) {
  say(what + " …");
  try {
    const answer = await request();
    say(what + ": " + (answer?.id && answer.state === "running" ? "has begun." : "done."));
    return true;
  } catch (e) {
    say(what + ": " + e.message, true);
    return false;
  }
}

/** Has something done every so often, while somebody looks. */
export function every(milliseconds, task) {
  const timer = setInterval(() => { if (!document.hidden) task(); }, milliseconds);
  return () => clearInterval(timer);
}
