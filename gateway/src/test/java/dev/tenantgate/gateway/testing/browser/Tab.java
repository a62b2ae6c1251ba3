package dev.tenantgate.gateway.testing.browser;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A tab of the browser. Confined to a test's thread. */
public final class Tab {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Map<String, Integer> KEYS =
      Map.of("Tab", 9, "Enter", 13, "Escape", 27, "ArrowDown", 40);

  private final DevTools devTools;
  private final String session;

  Tab(DevTools devTools, String session, int width, int height) {
    this.devTools = devTools;
    this.session = session;
    for (String domain : List.of("Page", "Runtime", "Log", "Accessibility")) {
      call(domain + ".enable", object());
    }
    resize(width, height);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private JsonNode call(String method, ObjectNode parameters) {
    return devTools.call(session, method, parameters);
  }

  /** Gives it another size. */
  public void resize(int width, int height) {
    call(
        "Emulation.setDeviceMetricsOverride",
        object()
            .put("width", width)
            .put("height", height)
            .put("deviceScaleFactor", 1)
            .put("mobile", false));
  }

  /** Goes to an address. */
  public void go(String address) {
    call("Page.navigate", object().put("url", address));
  }

  /** The value of an expression, once a promise of it is kept. */
  public JsonNode value(String expression) {
    JsonNode answer =
        call(
            "Runtime.evaluate",
            object()
                .put("expression", expression)
                .put("returnByValue", true)
                .put("awaitPromise", true));
    if (answer.has("exceptionDetails")) {
      throw new IllegalStateException(expression + ": " + answer.get("exceptionDetails"));
    }
    return answer.path("result").path("value");
  }

  /** The text of the first element that fits. */
  public String text(String selector) {
    return value("document.querySelector('%s')?.innerText ?? ''".formatted(selector)).asText();
  }

  /** Waits until an expression is true. */
  public void until(String expression) {
    await(expression)
        .atMost(PATIENCE)
        .until(() -> value("Boolean(" + expression + ")").asBoolean());
  }

  /** Clicks the button with this title or name. */
  public void click(String button) {
    focus(button);
    value("document.activeElement.click()");
  }

  /** Gives the focus to the button with this title or name. */
  public void focus(String button) {
    until(find(button));
    value(find(button) + ".focus()");
  }

  private static String find(String button) {
    return ("[...document.querySelectorAll('button')].find(each => !each.disabled"
            + " && (each.innerText.trim() === '%1$s' || each.ariaLabel === '%1$s'))")
        .formatted(button);
  }

  /** Presses a key: {@code Tab}, {@code Enter}, {@code Escape}, {@code ArrowDown}. */
  public void press(String key) {
    ObjectNode event =
        object()
            .put("key", key)
            .put("code", key)
            .put("windowsVirtualKeyCode", KEYS.getOrDefault(key, 0));
    if (key.equals("Enter")) {
      event.put("text", "\r");
    }
    call("Input.dispatchKeyEvent", event.deepCopy().put("type", "keyDown"));
    call("Input.dispatchKeyEvent", event.deepCopy().put("type", "keyUp"));
  }

  /** The role and the name of each control and region, as a screen reader has them. */
  public List<String> controls(List<String> roles) {
    return call("Accessibility.getFullAXTree", object()).get("nodes").findParents("role").stream()
        .filter(node -> node.has("nodeId") && !node.path("ignored").asBoolean())
        .filter(node -> roles.contains(node.get("role").path("value").asText()))
        .map(
            node ->
                node.get("role").path("value").asText()
                    + ": "
                    + node.path("name").path("value").asText())
        .toList();
  }

  /** The browser's complaints: errors, warnings, breaches of the policy. */
  public List<String> complaints() {
    return devTools.events().stream()
        .filter(event -> event.path("sessionId").asText().equals(session))
        .filter(
            event ->
                switch (event.path("method").asText()) {
                  case "Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled" ->
                      true;
                  default -> false;
                })
        .map(event -> event.get("params").toString())
        .toList();
  }
}
