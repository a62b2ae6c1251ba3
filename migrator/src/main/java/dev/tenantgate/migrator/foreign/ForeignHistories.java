package dev.tenantgate.migrator.foreign;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.connection.LostConnection;
import dev.tenantgate.migrator.foreign.ForeignHistory.Place;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads the histories that other tools keep of schemas, one or tens of thousands: one look into the
 * catalog finds the tables, which are read in messages of {@value #SELECTS_PER_MESSAGE} SELECTs,
 * few enough for the server's lock table. Nothing is written, and nobody's code is run. Stateless;
 * thread-safe.
 *
 * <p>The connection must be in autocommit mode, send a statement as one simple-query message
 * ({@code preferQueryMode=simple}) and have no schema but {@code pg_catalog} in its search path.
 */
public final class ForeignHistories {

  static final int SELECTS_PER_MESSAGE = 500;

  /** A look waits no longer than this for a locked table: the caller may look again. */
  static final int LOCK_MILLIS = 200;

  /** Never looked into for others' histories. */
  private static final Set<String> NEVER = Set.of("tenantgate", "information_schema");

  private ForeignHistories() {}

  /**
   * Reads what other tools' histories say of schemas: those that a schema has of its own, else its
   * rows in tables for all tenants, else the tables for all schemas. More than one is for a person
   * to choose from. A schema without any isn't in the result.
   *
   * @param schemas whose histories
   * @param elsewhere the schemas that are no tenant's, where tables for all may stand; {@code
   *     public} counts among them in any case
   */
  public static Map<SchemaRef, List<ForeignHistory>> read(
      Connection connection,
      HistoryName ours,
      Collection<SchemaRef> schemas,
      Collection<String> elsewhere)
      throws SQLException {
    return read(connection, schemas, elsewhere, table -> table.isNotOurs(ours.name()));
  }

  /** The same of the tables that are wanted alone, as if there were no others. */
  public static Map<SchemaRef, List<ForeignHistory>> read(
      Connection connection,
      Collection<SchemaRef> schemas,
      Collection<String> elsewhere,
      Predicate<ForeignTable> wanted)
      throws SQLException {
    Set<String> names = new LinkedHashSet<>();
    schemas.forEach(schema -> names.add(schema.schema()));
    Set<String> common = new LinkedHashSet<>(elsewhere);
    common.add(SchemaRef.PUBLIC.schema());
    common.removeAll(NEVER);
    names.addAll(common);
    Map<String, List<ForeignTable>> tables = ForeignTables.find(connection, names, wanted);
    List<Asked> asked = new ArrayList<>();
    Set<String> tenants = new LinkedHashSet<>();
    for (SchemaRef schema : schemas) {
      for (ForeignTable table : tables.getOrDefault(schema.schema(), List.of())) {
        if (!schema.isPublic() || table.tenantColumn() == null) {
          asked.add(new Asked(table, Place.OWN, schema, null));
        }
      }
      tenants.add(schema.schema());
      if (schema.tenant() != null) {
        tenants.add(schema.tenant());
      }
    }
    for (String name : common) {
      for (ForeignTable table : tables.getOrDefault(name, List.of())) {
        boolean rows = table.tenantColumn() != null;
        asked.add(new Asked(table, rows ? Place.ROWS : Place.COMMON, null, rows ? tenants : null));
      }
    }
    return new Answers(schemas, answers(connection, asked)).bySchema();
  }

  /** The tables of these schemas that are histories by their columns, ours among them. */
  public static List<ForeignTable> tables(
      Connection connection, Collection<String> schemas, Collection<String> elsewhere)
      throws SQLException {
    Set<String> names = new LinkedHashSet<>(schemas);
    names.addAll(elsewhere);
    names.add(SchemaRef.PUBLIC.schema());
    names.removeAll(NEVER);
    return ForeignTables.find(connection, names, table -> true).values().stream()
        .flatMap(List::stream)
        .toList();
  }

  /**
   * A table to be read.
   *
   * @param schema whose it is; null if it is for all
   * @param tenants whose rows of it are read; null for all rows
   */
  private record Asked(
      ForeignTable table,
      Place place,
      @Nullable SchemaRef schema,
      @Nullable Collection<String> tenants) {

    String select() {
      return ForeignSelect.of(table, tenants);
    }
  }

  /**
   * The reading of a table.
   *
   * @param rows in their order; empty if it isn't read
   * @param objection why it isn't; null if it is
   */
  private record Answer(Asked asked, List<ForeignRow> rows, @Nullable String objection) {}

  private static List<Answer> answers(Connection connection, List<Asked> asked)
      throws SQLException {
    List<Answer> answers = new ArrayList<>(asked.size());
    List<Asked> chunk = new ArrayList<>();
    for (Asked one : asked) {
      String objection = one.table().objection();
      if (objection != null) {
        answers.add(new Answer(one, List.of(), objection));
        continue;
      }
      chunk.add(one);
      if (chunk.size() == SELECTS_PER_MESSAGE) {
        answers.addAll(ask(connection, chunk));
        chunk.clear();
      }
    }
    answers.addAll(ask(connection, chunk));
    return answers;
  }

  /** One that can't be read costs only itself. */
  private static List<Answer> ask(Connection connection, List<Asked> chunk) throws SQLException {
    if (chunk.isEmpty()) {
      return List.of();
    }
    try {
      return send(connection, chunk);
    } catch (SQLException e) {
      if (LostConnection.isLost(connection, e)) {
        throw e;
      }
      if (chunk.size() == 1 && isGone(e)) {
        return List.of();
      }
      if (chunk.size() == 1) {
        return List.of(new Answer(chunk.get(0), List.of(), unreadable(e)));
      }
      List<Answer> answers = new ArrayList<>();
      for (Asked one : chunk) {
        answers.addAll(ask(connection, List.of(one)));
      }
      return answers;
    }
  }

  /** Whether the table was dropped since it was found. */
  private static boolean isGone(SQLException e) {
    return "42P01".equals(e.getSQLState()) || "3F000".equals(e.getSQLState());
  }

  private static String unreadable(SQLException e) {
    if ("55P03".equals(e.getSQLState())) {
      return ForeignHistory.LOCKED;
    }
    String text = String.valueOf(e.getMessage());
    return text.contains("row-level security")
        ? "it has policies of row-level security, which may run code of its owner, and isn't read"
        : "it can't be read: " + text.lines().findFirst().orElse("");
  }

  private static List<Answer> send(Connection connection, List<Asked> chunk) throws SQLException {
    // Policies are another's code; where any would be in force, this is an error.
    StringBuilder message = new StringBuilder("SET LOCAL row_security = off;\n");
    message.append("SET LOCAL lock_timeout = ").append(LOCK_MILLIS).append(";\n");
    chunk.forEach(one -> message.append(one.select()).append(";\n"));
    List<Answer> answers = new ArrayList<>(chunk.size());
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(message.toString());
      boolean result = statement.getMoreResults();
      while (!result && statement.getUpdateCount() >= 0) {
        result = statement.getMoreResults();
      }
      for (Asked one : chunk) {
        if (!result) {
          throw new SQLException("fewer results than SELECTs", "08P01");
        }
        List<ForeignRow> rows = new ArrayList<>();
        try (ResultSet row = statement.getResultSet()) {
          while (row.next()) {
            rows.add(ForeignRow.of(row));
          }
        }
        answers.add(new Answer(one, rows, null));
        result = statement.getMoreResults();
      }
    }
    return answers;
  }

  /** Gives each schema what concerns it. */
  private static final class Answers {

    private final Collection<SchemaRef> schemas;
    private final Map<SchemaRef, List<ForeignHistory>> own = new HashMap<>();
    private final Map<String, List<ForeignHistory>> rows = new HashMap<>();
    private final List<ForeignHistory> common = new ArrayList<>();
    private final List<ForeignHistory> empty = new ArrayList<>();

    Answers(Collection<SchemaRef> schemas, List<Answer> answers) {
      this.schemas = schemas;
      answers.forEach(this::take);
    }

    private void take(Answer answer) {
      Asked asked = answer.asked();
      String objection = answer.objection();
      if (asked.place() == Place.ROWS && objection == null) {
        split(answer);
        return;
      }
      ForeignHistory history =
          objection != null
              ? ForeignReading.unread(asked.table(), asked.place(), objection)
              : ForeignReading.of(asked.table(), asked.place(), answer.rows());
      SchemaRef schema = asked.schema();
      if (history != null && schema != null) {
        own.computeIfAbsent(schema, each -> new ArrayList<>()).add(history);
      } else if (history != null) {
        common.add(history);
      }
    }

    private void split(Answer answer) {
      ForeignTable table = answer.asked().table();
      Map<String, List<ForeignRow>> byTenant = new LinkedHashMap<>();
      for (ForeignRow row : answer.rows()) {
        byTenant.computeIfAbsent(String.valueOf(row.schema()), each -> new ArrayList<>()).add(row);
      }
      byTenant.forEach(
          (tenant, of) -> {
            ForeignHistory history = ForeignReading.of(table, Place.ROWS, of);
            if (history != null) {
              rows.computeIfAbsent(tenant, each -> new ArrayList<>()).add(history);
            }
          });
      ForeignHistory none = ForeignReading.of(table, Place.ROWS, List.of());
      if (none != null) {
        empty.add(none);
      }
    }

    Map<SchemaRef, List<ForeignHistory>> bySchema() {
      Map<SchemaRef, List<ForeignHistory>> all = new LinkedHashMap<>();
      for (SchemaRef schema : schemas) {
        List<ForeignHistory> found = of(schema);
        if (!found.isEmpty()) {
          all.put(schema, List.copyOf(found));
        }
      }
      return all;
    }

    private List<ForeignHistory> of(SchemaRef schema) {
      List<ForeignHistory> found = new ArrayList<>(own.getOrDefault(schema, List.of()));
      found.addAll(rows.getOrDefault(schema.schema(), List.of()));
      String tenant = schema.tenant();
      if (tenant != null && !tenant.equals(schema.schema())) {
        found.addAll(rows.getOrDefault(tenant, List.of()));
      }
      String uuid = tenant == null ? null : ForeignSelect.uuid(tenant);
      if (uuid != null && !uuid.equals(tenant)) {
        found.addAll(rows.getOrDefault(uuid, List.of()));
      }
      if (found.isEmpty()) {
        common.stream()
            .filter(history -> !history.table().schema().equals(schema.schema()))
            .forEach(found::add);
      }
      if (found.isEmpty() && !schema.isPublic()) {
        found.addAll(empty);
      }
      return found;
    }
  }
}
