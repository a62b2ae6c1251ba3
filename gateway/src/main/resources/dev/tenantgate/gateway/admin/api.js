// Requests to the gateway that this page came from, and its events.

const TOKEN = "tenantgate.token";

const headers = () => {
  const token = sessionStorage.getItem(TOKEN);
  return token ? {Authorization: "Bearer " + token} : {};
};

/** Whether the gateway asks for tokens, as far as this page has seen. */
export const usesToken = () => sessionStorage.getItem(TOKEN) !== null;

let asking = null;
let declined = false;

/** Asks for a token, once for all who need one; whether there is another one then. */
export function login(text) {
  asking ??= new Promise(done => {
    const dialog = document.getElementById("login");
    const field = document.getElementById("token");
    if (text) document.getElementById("login-text").textContent = text;
    field.value = "";
    dialog.returnValue = "cancel";
    dialog.addEventListener("close", () => {
      asking = null;
      declined = dialog.returnValue !== "go";
      if (!declined) sessionStorage.setItem(TOKEN, field.value.trim());
      field.value = "";
      done(!declined);
    }, {once: true});
    // The first button of a form is what Enter presses; here that is the last one.
    field.onkeydown = event => {
      if (event.key === "Enter") { event.preventDefault(); document.getElementById("login-go").click(); }
    };
    dialog.showModal();
    field.focus();
  });
  return asking;
}

async function send(path, options) {
  for (;;) {
    const shown = sessionStorage.getItem(TOKEN);
    const response = await fetch(path, {...options, headers: headers()});
    if (response.status !== 401) return response;
    if (declined) throw new Error("a token is needed");
    if (shown === sessionStorage.getItem(TOKEN)
        && !await login(shown ? "The gateway doesn't know that token. It reads tokens from admin.token-file." : null)) {
      throw new Error("a token is needed");
    }
  }
}

/** The answer's JSON; throws what the gateway says is wrong. */
export async function call(path, method = "GET") {
  const response = await send("api/v1/" + path, {method});
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail || body.title);
  return body;
}

const pause = milliseconds => new Promise(done => setTimeout(done, milliseconds));

/** Whether a token is needed that nobody has given. */
export const waitsForToken = () => declined;

/**
 * Reads events for ever: `began` is called whenever the stream begins, `lost` when it ends. An
 * EventSource couldn't send a token.
 */
export async function follow(event, began, lost) {
  for (let wait = 1000; ; wait = Math.min(wait * 2, 30000)) {
    try {
      const response = await send("api/v1/events", {});
      if (!response.ok) throw new Error(response.statusText);
      await began();
      wait = 500;
      await read(response.body.getReader(), event);
    } catch (e) {
      // Any failure begins the stream anew.
    }
    lost();
    await pause(wait);
    while (declined) await pause(500);
  }
}

async function read(reader, event) {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return;
    const blocks = (rest + decoder.decode(value, {stream: true})).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map(line => {
        const colon = line.indexOf(": ");
        return [line.slice(0, colon), line.slice(colon + 2)];
      }));
      if (fields.event) event(fields.event, JSON.parse(fields.data));
    }
  }
}
