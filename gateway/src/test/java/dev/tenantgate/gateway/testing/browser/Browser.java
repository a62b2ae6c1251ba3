package dev.tenantgate.gateway.testing.browser;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A headless Chromium, as it is installed on the machine. Confined to a test's thread. */
public final class Browser implements AutoCloseable {

  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

  private static final Duration START = Duration.ofMinutes(1);

  private final Process process;
  private final DevTools devTools;

  private Browser(Process process, DevTools devTools) {
    this.process = process;
    this.devTools = devTools;
  }

  /** Where one is installed; empty if none is. */
  public static Optional<Path> installed() {
    return Stream.of(String.valueOf(System.getenv("PATH")).split(":", -1))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts it.
   *
   * @param profile a folder for what it keeps
   */
  public static Browser start(Path binary, Path profile) throws IOException {
    Process process =
        new ProcessBuilder(
                binary.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(profile.resolveSibling("browser.log").toFile())
            .start();
    try {
      Path told = profile.resolve("DevToolsActivePort");
      await().atMost(START).until(() -> Files.exists(told) && Files.readString(told).contains("/"));
      List<String> lines = Files.readAllLines(told);
      return new Browser(
          process, DevTools.connect(URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1))));
    } catch (RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /** Opens a tab of this size. */
  public Tab open(int width, int height) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    JsonNode target =
        devTools.call(null, "Target.createTarget", json.objectNode().put("url", "about:blank"));
    JsonNode session =
        devTools.call(
            null,
            "Target.attachToTarget",
            json.objectNode()
                .put("targetId", target.get("targetId").textValue())
                .put("flatten", true));
    return new Tab(devTools, session.get("sessionId").textValue(), width, height);
  }

  @Override
  public void close() throws IOException {
    try {
      devTools.close();
      process.destroy();
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
