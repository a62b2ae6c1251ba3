package dev.tenantgate.gateway.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A start and a run have one line each, at INFO. */
class RunLinesIT {

  /** Lines with their keys and values. */
  private static final class Lines extends AppenderBase<ILoggingEvent> {
    private final Queue<ILoggingEvent> events = new ConcurrentLinkedQueue<>();

    @Override
    protected void append(ILoggingEvent event) {
      events.add(event);
    }

    List<String> with(Level level, String message) {
      return events.stream()
          .filter(event -> event.getLevel() == level && event.getMessage().equals(message))
          .map(event -> String.valueOf(event.getKeyValuePairs()))
          .toList();
    }
  }

  @TempDir Path folder;

  @Test
  void startAndRunHaveALineEach() throws Exception {
    Logger root = (Logger) LoggerFactory.getLogger("dev.tenantgate");
    Lines lines = new Lines();
    lines.setContext(root.getLoggerContext());
    lines.start();
    root.setLevel(Level.INFO);
    root.addAppender(lines);
    GatewayFixture.migration(folder.resolve("tenant"), "1_sites.sql", "CREATE TABLE sites ();");
    try (TestDatabase database = TestPostgres.latest().newDatabase()) {
      database.execute("CREATE SCHEMA tenant_a; CREATE SCHEMA tenant_b; CREATE SCHEMA tenant_c");
      try (GatewayFixture gateway = GatewayFixture.start(database, folder, Map.of())) {
        await().until(() -> !lines.with(Level.INFO, "started").isEmpty());
        assertThat(lines.with(Level.INFO, "started"))
            .singleElement()
            .asString()
            .contains("version=\"test\"", "settings=", "migrations=\"1\"", "tenants=\"3\"");
        HttpRequest upgrade =
            HttpRequest.newBuilder(URI.create(gateway.adminUrl("/api/v1/upgrade?wait=true")))
                .POST(BodyPublishers.noBody())
                .build();
        assertThat(HttpClient.newHttpClient().send(upgrade, BodyHandlers.ofString()).statusCode())
            .isEqualTo(200);
      }
      assertThat(lines.with(Level.INFO, "a run has ended"))
          .singleElement()
          .asString()
          .contains("schemas=\"", "failed=\"0\"", "skipped=\"0\"", "ms=\"");
    } finally {
      root.detachAppender(lines);
      root.setLevel(null);
    }
  }
}
