package dev.tenantgate.gateway.benchmark;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The part of the table about a gateway that serves all tenants: until it is ready, and what it
 * answers over its admin port. Confined to one thread.
 */
final class ServingPart {

  private static final long WAIT_SECONDS = 60;
  private static final long POLL_MILLIS = 5;

  private final Ground ground;
  private final BenchmarkTable table;

  ServingPart(Ground ground, BenchmarkTable table) {
    this.ground = ground;
    this.table = table;
  }

  void run(int schemas) throws Exception {
    table.part("A gateway that serves them");
    Path errors = ground.folder().resolve("serve.err");
    long started = System.nanoTime();
    Process gateway =
        CommandRun.start(
            ground.folder().resolve("serve.out"),
            errors,
            "serve",
            "--config",
            ground.config().toString());
    try {
      while (!isReady()) {
        if (gateway.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)
            || secondsSince(started) > WAIT_SECONDS) {
          throw new IllegalStateException("no gateway: " + Files.readString(errors));
        }
      }
      table.row("serve, until it is ready", schemas, secondsSince(started), "", "");
      request("GET /metrics", "/metrics", schemas);
      request("GET /api/v1/tenants", "/api/v1/tenants", schemas);
      long peak = CommandRun.memory(gateway.pid(), "VmHWM:");
      gateway.destroy();
      if (!gateway.waitFor(WAIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the gateway doesn't stop");
      }
      table.line("  the gateway at its peak: " + ProcessPart.memory(table, peak));
    } finally {
      gateway.destroyForcibly();
    }
  }

  private static double secondsSince(long startedNanos) {
    return (System.nanoTime() - startedNanos) / 1e9;
  }

  private boolean isReady() throws InterruptedException {
    try {
      return get("/readyz").statusCode() == 200;
    } catch (IOException e) {
      // Nobody listens yet.
      return false;
    }
  }

  /** Asks twice: the first answer warms up. */
  private void request(String what, String path, int schemas) throws Exception {
    get(path);
    long started = System.nanoTime();
    HttpResponse<String> response = get(path);
    double seconds = secondsSince(started);
    if (response.statusCode() != 200) {
      throw new IllegalStateException(what + " is answered by " + response.statusCode());
    }
    table.row(what, schemas, seconds, "", "%,d kB".formatted(response.body().length() >> 10));
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:%d%s".formatted(ground.adminPort(), path)))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }
}
