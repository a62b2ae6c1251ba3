package dev.tenantgate.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@code database.url} of {@code DATABASE_URL}, or of the variables of applications ({@code
 * DB_HOST} …) and libpq ({@code PGHOST} …) for its parts. They count only where no other URL is
 * given: an application beside a gateway may have its own in these, which leads to the gateway.
 * Stateless.
 */
final class ClientVariables {

  /** A part of the URL, and the variables for it; the first one that is set counts. */
  private record Part(String word, List<String> variables) {}

  private static final List<Part> PARTS =
      List.of(
          new Part("host", List.of("DB_HOST", "PGHOST")),
          new Part("port", List.of("DB_PORT", "PGPORT")),
          new Part("dbname", List.of("DB_NAME", "PGDATABASE")),
          new Part("user", List.of("DB_USER", "PGUSER")),
          new Part("password", List.of("DB_PASSWORD", "PGPASSWORD")),
          new Part("sslmode", List.of("DB_SSLMODE", "PGSSLMODE")),
          new Part("sslrootcert", List.of("PGSSLROOTCERT")),
          new Part("connect_timeout", List.of("PGCONNECT_TIMEOUT")));

  /** The words that say where a database is. */
  private static final List<String> PLACES = List.of("host", "dbname");

  /** Where hosting platforms say it all at once. */
  static final String URL = "DATABASE_URL";

  private static final String DRIVER = "DB_DRIVER";

  private static final List<String> DRIVERS =
      List.of("postgres", "pg", "pq", "psycopg", "cockroach", "crdb");

  private ClientVariables() {}

  /** Reads the variables; nothing where none of them says where the database is. */
  static Layer read(Map<String, String> environment, Path workingFolder) {
    Layer layer = new Layer();
    String url = environment.getOrDefault(URL, "");
    if (!url.isEmpty()) {
      Origin origin = new Origin.Environment(URL);
      layer.put(DatabaseKeys.URL.name(), RawValue.text(url, origin, workingFolder));
      return layer;
    }
    Map<String, String> words = new LinkedHashMap<>();
    String first = null;
    for (Part part : PARTS) {
      String variable = variableOf(part, environment);
      if (variable != null) {
        words.put(part.word(), environment.getOrDefault(variable, ""));
        first = first == null && PLACES.contains(part.word()) ? variable : first;
      }
    }
    if (first == null) {
      return layer;
    }
    words.putIfAbsent("user", System.getProperty("user.name", "postgres"));
    Origin origin = new Origin.Environment(first);
    layer.put(DatabaseKeys.URL.name(), RawValue.text(text(words), origin, workingFolder));
    return layer;
  }

  /**
   * Notes that another server's driver is named; only where the URL is the environment's: DSN, or
   * its parts.
   */
  static void checkDriver(Map<String, String> environment, Layer layer) {
    String driver = environment.getOrDefault(DRIVER, "").toLowerCase(Locale.ROOT);
    if (!driver.isEmpty() && DRIVERS.stream().noneMatch(driver::contains)) {
      layer.reject(
          DatabaseKeys.URL.name(),
          new Origin.Environment(DRIVER),
          "must be PostgreSQL's (postgres) or CockroachDB's, was \"%s\"; no other database is served"
              .formatted(driver));
    }
  }

  private static @Nullable String variableOf(Part part, Map<String, String> environment) {
    return part.variables().stream()
        .filter(variable -> !environment.getOrDefault(variable, "").isEmpty())
        .findFirst()
        .orElse(null);
  }

  private static String text(Map<String, String> words) {
    return words.entrySet().stream()
        .map(
            word ->
                "%s='%s'"
                    .formatted(
                        word.getKey(), word.getValue().replace("\\", "\\\\").replace("'", "\\'")))
        .collect(Collectors.joining(" "));
  }
}
