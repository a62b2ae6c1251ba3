package dev.tenantgate.gateway.cli;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.gateway.practice.Practice;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work of {@code tenantgate warm-up}: it loads the classes that {@code serve} needs. No failure
 * matters: with an archive that lacks a class the start is a little slower, no more.
 */
final class WarmUp {

  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

  private static final String CLASS_SUFFIX = ".class";

  /** A port that nothing listens on, so that connecting fails at once. */
  private static final String NO_DATABASE = "postgresql://nobody@127.0.0.1:1/none";

  /** The Java version from which on an archive holds profiles of methods (JEP 515). */
  private static final int FIRST_WITH_PROFILES = 25;

  private static final int PROFILED_TRANSACTIONS = 20_000;
  private static final int LOADING_TRANSACTIONS = 200;

  /** A part of the warm-up, which may fail. */
  @FunctionalInterface
  private interface Action {
    void run() throws Exception;
  }

  private record Step(String name, Action action) {}

  private WarmUp() {}

  /** Takes every step, each on its own. */
  static void run() {
    List<Step> steps =
        List.of(
            new Step("own classes", WarmUp::loadOwnClasses),
            new Step("settings", WarmUp::readSettings),
            new Step("meters", WarmUp::scrapeMeters),
            new Step("pool", WarmUp::failToConnect),
            new Step("network", WarmUpExchange::run),
            new Step("wire path", () -> Practice.run(transactions())));
    for (Step step : steps) {
      try {
        step.action().run();
      } catch (Exception | LinkageError e) {
        LOG.atDebug().addKeyValue("step", step.name()).setCause(e).log("Warm-up lacks a step");
      }
    }
  }

  /** So many that the profiles are of use, where the archive has any. */
  private static int transactions() {
    return Runtime.version().feature() >= FIRST_WITH_PROFILES
        ? PROFILED_TRANSACTIONS
        : LOADING_TRANSACTIONS;
  }

  /** Loads every class of our own jars, without running any of its code. */
  private static void loadOwnClasses() throws IOException, URISyntaxException {
    Path jar =
        Path.of(Tenantgate.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    if (!Files.isRegularFile(jar)) {
      return;
    }
    try (DirectoryStream<Path> jars =
        Files.newDirectoryStream(jar.resolveSibling("."), "tenantgate-*.jar")) {
      for (Path own : jars) {
        loadClasses(own);
      }
    }
  }

  private static void loadClasses(Path jar) throws IOException {
    ClassLoader loader = WarmUp.class.getClassLoader();
    try (JarFile file = new JarFile(jar.toFile())) {
      List<String> names =
          file.stream().map(Object::toString).filter(n -> n.endsWith(CLASS_SUFFIX)).toList();
      for (String name : names) {
        String binaryName =
            name.substring(0, name.length() - CLASS_SUFFIX.length()).replace('/', '.');
        try {
          Class.forName(binaryName, false, loader);
        } catch (ClassNotFoundException | LinkageError e) {
          // The demo's own: what it needs isn't always there.
          LOG.atTrace().addKeyValue("class", binaryName).log("Class can't be loaded");
        }
      }
    }
  }

  private static void readSettings() throws SettingsException {
    SettingsReader.read(new SettingsSources(null, Map.of(), Map.of("database.url", NO_DATABASE)));
  }

  private static void scrapeMeters() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    registry.counter("warm.up", "kind", "counter").increment();
    registry.gauge("warm.up.gauge", 1);
    Timer.builder("warm.up.timer")
        .serviceLevelObjectives(Duration.ofMillis(1), Duration.ofSeconds(1))
        .register(registry)
        .record(Duration.ofMillis(1));
    registry.scrape();
    registry.close();
  }

  private static void failToConnect() throws SQLException {
    String url = "jdbc:" + NO_DATABASE.replace("nobody@", "") + "?user=nobody";
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(1);
    config.setMinimumIdle(0);
    // A pool that waits for no connection, and a connection that waits for no pool.
    config.setInitializationFailTimeout(-1);
    new HikariDataSource(config).close();
    DriverManager.getConnection(url).close();
  }
}
