package dev.tenantgate.gateway.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.otlp.OtlpCollector;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.util.PSQLException;
import org.slf4j.LoggerFactory;

/**
 * Migrations that fail on rows, each in another way: no value of a row reaches a client, the log,
 * the admin port, its events, the page or a span.
 */
class WithheldValuesIT {

  private static final String VALUE = "v3ry-secret";

  /** The same in SQL, whose own text may be shown. */
  private static final String EXPRESSION = "('v3ry' || '-secret')";

  /** Statements that fail on a row, by the tenant that they are for. */
  private static final Map<String, String> FAILURES = new LinkedHashMap<>();

  static {
    FAILURES.put("expression", "CREATE UNIQUE INDEX ON item (lower(email))");
    FAILURES.put("unique", "ALTER TABLE item ADD UNIQUE (email)");
    FAILURES.put("exclusion", "ALTER TABLE item ADD EXCLUDE USING btree (email WITH =)");
    FAILURES.put("nulls", "INSERT INTO item SELECT NULL, email FROM item");
    FAILURES.put("checks", "ALTER TABLE item ADD CHECK (id < 9); INSERT INTO item VALUES (9, %s)");
    FAILURES.put("keys", "ALTER TABLE item ADD FOREIGN KEY (email) REFERENCES other (email)");
    FAILURES.put("cast", "ALTER TABLE item ALTER email TYPE int USING email::int");
    FAILURES.put("json", "ALTER TABLE item ALTER email TYPE json USING email::json");
    FAILURES.put("dates", "ALTER TABLE item ALTER email TYPE date USING email::date");
    FAILURES.put("copy", "COPY item (id) FROM PROGRAM 'printf v3ry; echo -secret'");
    FAILURES.put(
        "dynamic", "EXECUTE format('INSERT INTO item VALUES (1, %L), (NULL, %L)', %s, %s)");
    FAILURES.put("notice", "RAISE NOTICE 'a row: %', %s; PERFORM 1 / 0");
  }

  /** Everything that is logged, with keys, values and stack traces. */
  private static final class Lines extends AppenderBase<ILoggingEvent> {
    private final Queue<String> texts = new ConcurrentLinkedQueue<>();

    @Override
    protected void append(ILoggingEvent event) {
      String trace =
          event.getThrowableProxy() == null
              ? ""
              : ThrowableProxyUtil.asString(event.getThrowableProxy());
      texts.add(event.getFormattedMessage() + " " + event.getKeyValuePairs() + " " + trace);
    }
  }

  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Lines lines = new Lines();
  private final Logger root = (Logger) LoggerFactory.getLogger("dev.tenantgate");
  private TestDatabase database;
  private OtlpCollector collector;

  @BeforeEach
  void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    StringBuilder up = new StringBuilder("DO $$ BEGIN CASE current_schema()\n");
    FAILURES.forEach(
        (tenant, sql) -> {
          database.execute("CREATE SCHEMA tenant_" + tenant);
          up.append("WHEN 'tenant_%s' THEN %s;\n".formatted(tenant, sql.replace("%s", EXPRESSION)));
        });
    GatewayFixture.migration(
        folder.resolve("tenant"),
        "00001_item.sql",
        "CREATE TABLE item (id int NOT NULL, email text); CREATE TABLE other (email text UNIQUE);"
            + " INSERT INTO item VALUES (1, %s), (2, %s);".formatted(EXPRESSION, EXPRESSION));
    GatewayFixture.migration(
        folder.resolve("tenant"), "00002_fails.sql", up + "ELSE NULL; END CASE; END $$;");
    collector = new OtlpCollector();
    root.setLevel(Level.TRACE);
    lines.setContext(root.getLoggerContext());
    lines.start();
    root.addAppender(lines);
  }

  @AfterEach
  void stop() {
    root.detachAppender(lines);
    root.setLevel(null);
    collector.close();
    database.close();
  }

  private GatewayFixture gateway(String mode, String values) {
    Map<String, String> settings = new HashMap<>();
    settings.put("pool.mode", mode);
    settings.put("auth.method", "trust");
    settings.put("tracing.endpoint", collector.endpoint());
    settings.put("log.migration-values", values);
    return GatewayFixture.start(database, folder, settings);
  }

  private String refusal(GatewayFixture gateway, String tenant) {
    PSQLException error =
        catchThrowableOfType(PSQLException.class, () -> gateway.connect(tenant).close());
    return tenant + ": " + error.getServerErrorMessage();
  }

  private String get(GatewayFixture gateway, String path) throws Exception {
    return http.send(
            HttpRequest.newBuilder(URI.create(gateway.adminUrl(path))).build(),
            BodyHandlers.ofString())
        .body();
  }

  private String post(GatewayFixture gateway, String path) throws Exception {
    return http.send(
            HttpRequest.newBuilder(URI.create(gateway.adminUrl(path)))
                .POST(BodyPublishers.noBody())
                .build(),
            BodyHandlers.ofString())
        .body();
  }

  private CompletableFuture<HttpResponse<Stream<String>>> events(
      GatewayFixture gateway, Queue<String> told) {
    CompletableFuture<HttpResponse<Stream<String>>> answer =
        http.sendAsync(
            HttpRequest.newBuilder(URI.create(gateway.adminUrl("/api/v1/events"))).build(),
            BodyHandlers.ofLines());
    var unused = answer.thenAcceptAsync(response -> response.body().forEach(told::add));
    return answer;
  }

  @BothModes
  void noValueOfARowIsTold(String mode) throws Exception {
    Queue<String> events = new ConcurrentLinkedQueue<>();
    List<String> told = new ArrayList<>();
    try (GatewayFixture gateway = gateway(mode, "false")) {
      events(gateway, events).join();
      for (String tenant : FAILURES.keySet()) {
        told.add(refusal(gateway, tenant));
        told.add(post(gateway, "/api/v1/tenants/" + tenant + "/upgrade?wait=true"));
        told.add(get(gateway, "/api/v1/tenants/" + tenant));
      }
      told.add(post(gateway, "/api/v1/upgrade?wait=true"));
      for (String path :
          List.of("tenants?refresh=true", "operations", "runs", "sessions", "migrations")) {
        told.add(get(gateway, "/api/v1/" + path));
      }
      told.add(get(gateway, "/metrics"));
      told.add(get(gateway, "/"));
      await().until(() -> collector.spans("migrate").size() >= FAILURES.size());
      await().until(() -> String.join("", events).contains("tenant_notice"));
    }
    told.addAll(events);
    told.addAll(lines.texts);
    collector.spans().forEach(span -> told.add(span.toString()));
    told.addAll(database.column("SELECT t::text FROM tenant_unique.schema_migrations t"));
    assertThat(told).noneMatch(text -> text.contains(VALUE));
    assertThat(told)
        .anyMatch(text -> text.startsWith("unique:") && text.contains("Key (email)=(…)"))
        .anyMatch(text -> text.startsWith("cast:") && text.contains("integer"))
        .anyMatch(text -> text.startsWith("nulls:") && text.contains("null value in column"));
  }

  /** Else the other test would prove nothing. */
  @Test
  void valuesAreToldWhereTheSettingsAskForThem() throws Exception {
    try (GatewayFixture gateway = gateway("transaction", "true")) {
      assertThat(refusal(gateway, "unique")).contains(VALUE);
      assertThat(refusal(gateway, "copy")).contains(VALUE);
      assertThat(get(gateway, "/api/v1/tenants/unique")).contains(VALUE);
    }
    assertThat(lines.texts).anyMatch(text -> text.contains(VALUE));
  }
}
