package dev.tenantgate.gateway.demo;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * One connection of an application to one tenant, and what came of it.
 *
 * @param tenant the tenant
 * @param elapsed how long connecting took
 * @param held how long the gate held the connection; null if it didn't
 * @param applied migrations that ran meanwhile
 * @param notices what the connection was told while it waited
 * @param answer what its first query said; null if it never came to that
 * @param error why it was rejected; null if it wasn't
 */
record DemoVisit(
    DemoTenant tenant,
    Duration elapsed,
    @Nullable Duration held,
    List<Version> applied,
    List<String> notices,
    @Nullable String answer,
    @Nullable SQLException error) {

  /** The column {@code publish_at} comes with the last migration. */
  private static final String FIRST_QUERY =
      "SELECT title || ', goes out ' || coalesce(publish_at, created_at)::date FROM posts";

  static DemoVisit of(int port, DemoTenant tenant, DemoEvents events) {
    Properties properties = new Properties();
    properties.setProperty("user", DemoDatabase.APPLICATION);
    properties.setProperty("currentSchema", tenant.schema());
    properties.setProperty("sslmode", "disable");
    properties.setProperty("ApplicationName", "demo");
    String url = "jdbc:postgresql://127.0.0.1:%d/%s".formatted(port, DemoDatabase.NAME);
    List<String> notices = new ArrayList<>();
    String answer = null;
    SQLException error = null;
    long began = System.nanoTime();
    Duration elapsed;
    try (Connection connection = DriverManager.getConnection(url, properties)) {
      elapsed = Duration.ofNanos(System.nanoTime() - began);
      for (SQLWarning w = connection.getWarnings(); w != null; w = w.getNextWarning()) {
        notices.add(w.getMessage());
      }
      answer = firstQuery(connection);
    } catch (SQLException e) {
      elapsed = Duration.ofNanos(System.nanoTime() - began);
      error = e;
    }
    SchemaRef schema = tenant.ref();
    return new DemoVisit(
        tenant, elapsed, events.held(schema), events.applied(schema), notices, answer, error);
  }

  private static String firstQuery(Connection connection) throws SQLException {
    try (ResultSet rows = connection.createStatement().executeQuery(FIRST_QUERY)) {
      rows.next();
      return rows.getString(1);
    }
  }

  /** Whether it came out as the tenant's {@link DemoTenant#expectation} says. */
  boolean isAsExpected() {
    return switch (tenant.expectation()) {
      case ADMITTED -> error == null && answer != null && applied.isEmpty();
      case HELD -> error == null && answer != null && held != null && !applied.isEmpty();
      case REJECTED -> error != null && "57P03".equals(error.getSQLState());
    };
  }

  void print(PrintWriter out) {
    out.printf("  %-8s   ", tenant.name());
    if (error != null) {
      printRejection(out, error);
      return;
    }
    if (applied.isEmpty()) {
      out.printf("admitted at once, connected in %d ms%n", elapsed.toMillis());
    } else {
      out.printf(
          "held %d ms while %d migrations ran (%s), then admitted%n",
          held == null ? 0 : held.toMillis(),
          applied.size(),
          applied.stream().map(Version::toString).collect(Collectors.joining(", ")));
    }
    notices.forEach(notice -> out.println("             NOTICE: " + notice));
    out.println("             its first query: " + FIRST_QUERY);
    out.println("             the answer:      " + answer);
  }

  private static void printRejection(PrintWriter out, SQLException error) {
    ServerErrorMessage server =
        error instanceof PSQLException fromServer ? fromServer.getServerErrorMessage() : null;
    out.println("rejected with SQLSTATE " + error.getSQLState());
    if (server == null) {
      out.println("             " + error.getMessage());
      return;
    }
    line(out, server.getSeverity() + ":  ", server.getMessage());
    line(out, "DETAIL: ", server.getDetail());
    line(out, "HINT:   ", server.getHint());
  }

  private static void line(PrintWriter out, String label, @Nullable String text) {
    if (text != null) {
      out.println("             " + label + text);
    }
  }
}
