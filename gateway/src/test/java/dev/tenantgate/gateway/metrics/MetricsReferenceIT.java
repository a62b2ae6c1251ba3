package dev.tenantgate.gateway.metrics;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestCertificates;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** METRICS.md has every metric that a running gateway shows, with its labels, and no other. */
class MetricsReferenceIT {

  private static final Pattern TYPE = Pattern.compile("# TYPE (\\w+) (\\w+)");
  private static final Pattern SERIES = Pattern.compile("(\\w+)(?:\\{(.*)})? \\S+");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern ROW =
      Pattern.compile("\\| `(\\w+)` \\| (\\w+) \\| (.*?) ?\\| .+ \\|");
  private static final Pattern HEADING = Pattern.compile("`(tenantgate_\\w+)\\{(\\w+)}`");
  private static final Pattern VALUE = Pattern.compile("\\| `(\\w+)` \\| .*");
  private static final Pattern NAMED = Pattern.compile("`(\\w+)`");

  /** Labels whose values are a fleet's or a machine's own. */
  private static final Set<String> OPEN =
      Set.of("tenant", "version", "java", "database", "user", "name");

  /** A metric's type, and its labels with their values. */
  private record Metric(String type, Map<String, Set<String>> labels) {
    void add(String label, String value) {
      labels.computeIfAbsent(label, name -> new TreeSet<>()).add(value);
    }
  }

  private static final Map<String, Metric> scraped = new TreeMap<>();
  private static final Map<String, Metric> documented = new TreeMap<>();

  @BeforeAll
  static void scrapeAndRead(@TempDir Path folder) throws Exception {
    readPage(Files.readAllLines(Path.of("METRICS.md")));
    try (TestDatabase database = TestPostgres.latest().newDatabase()) {
      database.execute("CREATE SCHEMA tenant_acme");
      migration(folder, "00001_sites.sql", "CREATE TABLE sites (id int);");
      try (GatewayFixture gateway = GatewayFixture.start(database, folder, tls(folder));
          Connection client = gateway.connect(Map.of())) {
        assertThat(client.isValid(10)).isTrue();
        int port = gateway.gateway().adminPort();
        // The tenants' figures come a moment after the start.
        readScrape(
            Awaitility.await()
                .until(
                    () -> scrape(port),
                    page ->
                        page.contains("tenantgate_tenant_migration_lag{")
                            && page.contains("tenantgate_database_up 1")));
      }
    }
  }

  /** With a certificate there is one to tell of, and with a user's limit as well. */
  private static Map<String, String> tls(Path folder) throws Exception {
    Path certificate = TestCertificates.authority(folder, "ours").server("dns:localhost");
    return Map.of(
        "pool.per-user.postgres.max-connections",
        "100",
        "pool.per-database.other.max-backends",
        "100",
        "pool.per-tenant.*.max-connections",
        "100",
        "tracing.endpoint",
        "http://127.0.0.1:1",
        "listen.tls.mode",
        "allow",
        "listen.tls.certificate",
        certificate.toString(),
        "listen.tls.key",
        certificate + ".key");
  }

  private static void readPage(List<String> lines) {
    List<MatchResult> about = List.of();
    for (String line : lines) {
      Matcher row = ROW.matcher(line);
      Matcher value = VALUE.matcher(line);
      if (line.startsWith("#")) {
        about = HEADING.matcher(line).results().toList();
      } else if (!about.isEmpty() && value.matches()) {
        about.forEach(
            of ->
                Objects.requireNonNull(documented.get(of.group(1)), of.group(1))
                    .add(of.group(2), value.group(1)));
      } else if (row.matches()) {
        Metric metric = new Metric(row.group(2), new TreeMap<>());
        NAMED
            .matcher(row.group(3))
            .results()
            .forEach(label -> metric.labels().put(label.group(1), new TreeSet<>()));
        documented.put(row.group(1), metric);
      }
    }
  }

  private static String scrape(int port) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + "/metrics");
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
        .body();
  }

  private static void readScrape(String page) {
    page.lines()
        .map(TYPE::matcher)
        .filter(Matcher::matches)
        .forEach(type -> scraped.put(type.group(1), new Metric(type.group(2), new TreeMap<>())));
    page.lines()
        .map(SERIES::matcher)
        .filter(Matcher::matches)
        .forEach(series -> addLabels(series.group(1), String.valueOf(series.group(2))));
  }

  private static void addLabels(String series, String labels) {
    String name = scraped.containsKey(series) ? series : series.replaceFirst("_[a-z]+$", "");
    assertThat(scraped).containsKey(name);
    LABEL
        .matcher(labels)
        .results()
        .filter(label -> !label.group(1).equals("le"))
        .forEach(
            label -> {
              boolean open = OPEN.contains(label.group(1)) || !isOurs(name);
              Metric metric = Objects.requireNonNull(scraped.get(name), name);
              metric.labels().computeIfAbsent(label.group(1), any -> new TreeSet<>());
              if (!open) {
                metric.add(label.group(1), label.group(2));
              }
            });
  }

  private static boolean isOurs(String name) {
    return name.startsWith("tenantgate_");
  }

  @Test
  void everyMetricIsThereWithItsTypeItsLabelsAndTheirValues() {
    scraped.forEach((name, metric) -> assertThat(documented).containsEntry(name, metric));
  }

  /** The JVM has some of its own with certain collectors only; one is there after a takeover. */
  @Test
  void everyRowIsAMetric() {
    assertThat(documented.keySet())
        .filteredOn(MetricsReferenceIT::isOurs)
        .filteredOn(name -> !name.equals("tenantgate_predecessor_clients"))
        .containsExactlyInAnyOrderElementsOf(
            scraped.keySet().stream().filter(MetricsReferenceIT::isOurs).toList());
  }
}
