// Elements, and what the page says and asks.

/** An element with attributes (`on…` listen, `class` and all others are set) and children. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter(child => child != null));
  return node;
}

export const number = value => Number(value ?? 0).toLocaleString("en");

export const many = (count, one, more) => number(count) + " " + (count === 1 ? one : more);

export const at = text => text ? new Date(text).toLocaleString() : "–";

export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 90) return Math.ceil(seconds) + " s";
  return seconds < 5400 ? Math.ceil(seconds / 60) + " min" : (seconds / 3600).toFixed(1) + " h";
}

/** A table that scrolls by itself, by keyboard too; columns are [title, class]. */
export function table(caption, columns, rows) {
  return el("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": caption},
    el("table", {},
      el("caption", {}, caption),
      el("thead", {}, el("tr", {}, columns.map(([title, kind]) => el("th", {scope: "col", class: kind}, title)))),
      el("tbody", {}, rows)));
}

export function say(text) {
  document.getElementById("notice").textContent = text;
}

/** Asks before something is done; whether it is to be. */
export function confirmed(title, text, go) {
  const dialog = document.getElementById("confirm");
  document.getElementById("confirm-title").textContent = title;
  document.getElementById("confirm-text").textContent = text;
  document.getElementById("confirm-go").textContent = go;
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise(done =>
    dialog.addEventListener("close", () => done(dialog.returnValue === "go"), {once: true}));
}

/** Has something be done, and says how that went. */
export async function act(what, request) {
  say(what + " …");
  try {
    await request();
    say(what + ": done.");
  } catch (e) {
    say(what + ": " + e.message);
  }
}
