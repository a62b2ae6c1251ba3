package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.ExternalTool;
import dev.tenantgate.migrator.foreign.ForeignHistories;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.foreign.ForeignHistory.Place;
import dev.tenantgate.migrator.foreign.ForeignTable;
import dev.tenantgate.migrator.foreign.ForeignTool;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the histories that another tool keeps of the schemas that it migrates. Stateless;
 * thread-safe.
 */
public final class ExternalHistories {

  private static final String EXISTING =
      "SELECT nspname FROM pg_catalog.pg_namespace"
          + " WHERE nspname = ANY (?::pg_catalog.text[]::pg_catalog.name[])";

  /** The tools that note a migration before they apply it; they hold an advisory lock meanwhile. */
  private static final Set<ForeignTool> BEGINS_FIRST =
      EnumSet.of(ForeignTool.GOLANG_MIGRATE, ForeignTool.PRISMA, ForeignTool.ATLAS);

  private static final String ADVISORY_LOCK =
      "SELECT 1 FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted"
          + " AND pid <> pg_catalog.pg_backend_pid() AND database = (SELECT oid FROM"
          + " pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) LIMIT 1";

  private ExternalHistories() {}

  /**
   * Reads the histories of schemas, in the order given. A schema's own counts, else its rows in a
   * table for all tenants; a table for all schemas alike counts only if it is named.
   *
   * @param command the command in the settings; a failure of another one doesn't count
   * @param table the tool's table, {@code name} or {@code schema.name}; null if it is found by its
   *     columns
   * @param elsewhere where else the tool's histories of these schemas may stand
   */
  public static List<SchemaHistory> read(
      Connection connection,
      Collection<SchemaRef> schemas,
      List<String> command,
      @Nullable String table,
      Elsewhere elsewhere)
      throws SQLException {
    int dot = table == null ? -1 : table.indexOf('.');
    Collection<String> others =
        table == null
            ? elsewhere.schemas(connection)
            : dot < 0 ? List.of() : List.of(table.substring(0, dot));
    Set<String> existing = existing(connection, schemas);
    Map<SchemaRef, List<ForeignHistory>> found =
        ForeignHistories.read(connection, schemas, others, each -> isWanted(each, table, dot >= 0));
    boolean atWork = isHalfway(found.values()) && hasAdvisoryLock(connection);
    Map<String, CommandFailures.Recorded> failures = CommandFailures.read(connection);
    List<SchemaHistory> histories = new ArrayList<>();
    for (SchemaRef schema : schemas) {
      if (!existing.contains(schema.schema())) {
        histories.add(SchemaHistory.noSchema(schema));
        continue;
      }
      List<ForeignHistory> all = found.getOrDefault(schema, List.of());
      ExternalHistory history = new ExternalHistory(all, atWork, null);
      CommandFailures.Recorded failure = failures.get(schema.schema());
      histories.add(
          SchemaHistory.of(
              schema,
              failure != null && failure.of().equals(CommandFailures.of(command, history))
                  ? new ExternalHistory(all, atWork, failure.failure())
                  : history));
    }
    return histories;
  }

  /** Whether any history has a migration as begun by a tool that says so before it begins. */
  private static boolean isHalfway(Collection<List<ForeignHistory>> found) {
    return found.stream()
        .flatMap(List::stream)
        .anyMatch(
            history ->
                history.fault() != null
                    && !history.isUnreadable()
                    && BEGINS_FIRST.contains(history.table().tool()));
  }

  private static boolean hasAdvisoryLock(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(ADVISORY_LOCK)) {
      return row.next();
    }
  }

  private static boolean isWanted(ForeignTable found, @Nullable String table, boolean qualified) {
    if (table == null) {
      return true;
    }
    return qualified ? found.toString().equals(table) : found.name().equals(table);
  }

  private static Set<String> existing(Connection connection, Collection<SchemaRef> schemas)
      throws SQLException {
    Set<String> existing = new HashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(EXISTING)) {
      statement.setArray(
          1, connection.createArrayOf("text", schemas.stream().map(SchemaRef::schema).toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          existing.add(rows.getString(1));
        }
      }
    }
    return existing;
  }

  /**
   * The histories of a schema that count for it.
   *
   * @param tool what is known of the tool
   */
  public static List<ForeignHistory> counting(ExternalHistory external, ExternalTool tool) {
    String table = tool.historyTable();
    boolean forAll = table != null && table.indexOf('.') >= 0;
    return external.histories().stream()
        .filter(history -> forAll || history.place() != Place.COMMON)
        .toList();
  }
}
