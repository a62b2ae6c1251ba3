package dev.tenantgate.gateway.trial;

import dev.tenantgate.gateway.testing.Distribution;
import dev.tenantgate.migrator.testing.FreePorts;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A gateway as users run it: {@code tenantgate serve} of the distribution, with a settings file of
 * its own, on free ports. Confined to a test's thread, but for what says otherwise.
 */
public final class GatewayProcess implements AutoCloseable {

  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Duration READY = Duration.ofMinutes(1);

  private final Process process;
  private final Path config;
  private final Path log;
  private final int port;
  private final int adminPort;
  private final Map<String, String> settings;

  private GatewayProcess(
      Process process,
      Path config,
      Path log,
      int port,
      int adminPort,
      Map<String, String> settings) {
    this.process = process;
    this.config = config;
    this.log = log;
    this.port = port;
    this.adminPort = adminPort;
    this.settings = settings;
  }

  /**
   * Starts one; {@link #awaitReady} tells when it can be used.
   *
   * @param folder where its settings and its log go
   * @param name tells it from others in that folder
   * @param changes settings that differ from the defaults, by key
   */
  public static GatewayProcess start(Path folder, String name, Map<String, String> changes)
      throws IOException {
    int port = FreePorts.next();
    int adminPort = FreePorts.next();
    Map<String, String> settings = new LinkedHashMap<>(changes);
    settings.put("listen.address", "127.0.0.1:" + port);
    settings.put("admin.address", "127.0.0.1:" + adminPort);
    Path config = folder.resolve(name + ".yaml");
    Path log = folder.resolve(name + ".log");
    Files.writeString(config, yaml(settings));
    List<String> command = List.of("serve", "--config", config.toString());
    Process process = launch(command, folder, log).start();
    return new GatewayProcess(process, config, log, port, adminPort, settings);
  }

  /**
   * Starts one in front of a test's own database, with the migrations of {@code folder/migrations}.
   *
   * @param folder where its settings and its log go, too
   * @param changes settings that differ from the defaults, by key
   */
  public static GatewayProcess start(
      Path folder, TestDatabase database, Map<String, String> changes) throws IOException {
    Map<String, String> all = new LinkedHashMap<>(changes);
    all.put(
        "database.url",
        "postgresql://postgres@127.0.0.1:%d/%s?sslmode=disable"
            .formatted(database.server().port(), database.name()));
    all.put("migrations.locations", "[" + folder.resolve("migrations") + "]");
    return start(folder, "gateway", all);
  }

  /** The settings file: a section for each first word of the keys. */
  private static String yaml(Map<String, String> settings) {
    Map<String, StringBuilder> sections = new TreeMap<>();
    settings.forEach(
        (key, value) -> {
          String[] words = key.split("\\.", 2);
          sections
              .computeIfAbsent(words[0], w -> new StringBuilder(w + ":\n"))
              .append("  %s: %s%n".formatted(words[1], value));
        });
    return String.join("", sections.values());
  }

  /** Runs another command of the distribution, with the same settings; its exit code. */
  public int command(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(words));
    command.addAll(List.of("--config", config.toString()));
    return launch(command, config.resolveSibling("."), log).start().waitFor();
  }

  /** A process whose output is added to the log. */
  private static ProcessBuilder launch(List<String> command, Path folder, Path log) {
    return Distribution.process(command)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
  }

  /** Blocks until it says that it is ready. */
  public void awaitReady() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + READY.toNanos();
    while (!isReady()) {
      if (process.waitFor(50, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
        throw new IllegalStateException("the gateway isn't ready: " + log());
      }
    }
  }

  private boolean isReady() throws InterruptedException {
    try {
      return request("GET", "/readyz").statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** Where applications connect. */
  public int port() {
    return port;
  }

  /** Where its admin port is. */
  public String adminUrl() {
    return "http://127.0.0.1:" + adminPort;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Its log so far. */
  public String log() throws IOException {
    return Files.readString(log);
  }

  /** Asks its admin port. Thread-safe. */
  public HttpResponse<String> request(String method, String path)
      throws IOException, InterruptedException {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(adminUrl() + path))
            .method(method, BodyPublishers.noBody())
            .timeout(READY)
            .build(),
        BodyHandlers.ofString());
  }

  /**
   * One of its metrics, without labels or with exactly these: {@code name{label="value"}}. 0 if it
   * has none of that name. Thread-safe.
   */
  public double metric(String series) throws IOException, InterruptedException {
    Matcher line =
        Pattern.compile("^" + Pattern.quote(series) + " (\\S+)$", Pattern.MULTILINE)
            .matcher(request("GET", "/metrics").body());
    return line.find() ? Double.parseDouble(line.group(1)) : 0;
  }

  /** Writes the settings file anew, with changes; takes effect with the next reload. */
  public void change(Map<String, String> changes) throws IOException {
    settings.putAll(changes);
    Files.writeString(config, yaml(settings));
  }

  /** Has it reload by its admin port, which must succeed. */
  public void reload() throws IOException, InterruptedException {
    HttpResponse<String> response = request("POST", "/api/v1/reload");
    if (response.statusCode() != 200) {
      throw new IllegalStateException("reload refused: " + response.body());
    }
  }

  /** Sends it a signal by its name without SIG. */
  public void signal(String name) throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder(List.of("kill", "-" + name, Long.toString(process.pid()))).start();
    if (kill.waitFor() != 0) {
      throw new IllegalStateException("signal " + name + " can't be sent");
    }
  }

  /** Waits for its end; its exit code. */
  public int awaitExit() throws InterruptedException {
    if (!process.waitFor(READY.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("the gateway doesn't end");
    }
    return process.exitValue();
  }

  /** Ends it as {@code kill -9} does. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
