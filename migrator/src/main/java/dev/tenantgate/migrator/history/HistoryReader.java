package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.AccessErrors;
import dev.tenantgate.migrator.connection.LostConnection;
import dev.tenantgate.migrator.foreign.ForeignHistories;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.history.HistoryColumns.Foreign;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads histories, one or tens of thousands. One look into the catalog tells which schemas have a
 * history of ours; those are read in messages of {@value #SELECTS_PER_MESSAGE} SELECTs: few round
 * trips, and few enough locks at a time for the server's lock table. Stateless; thread-safe.
 *
 * <p>The connection must be in autocommit mode, send a statement as one simple-query message
 * ({@code preferQueryMode=simple}) and have no schema but {@code pg_catalog} in its search path. A
 * backend keeps about 8 kB for each history that it has read, so a connection that read many should
 * not live long.
 */
public final class HistoryReader {

  static final int SELECTS_PER_MESSAGE = 500;

  private final HistoryName name;
  private final HistoryTable table;

  /** Makes a reader of the histories of that name. */
  public HistoryReader(HistoryName name) {
    this.name = name;
    this.table = new HistoryTable(name);
  }

  /** Reads one schema's history. */
  public SchemaHistory read(Connection connection, SchemaRef schema) throws SQLException {
    return read(connection, List.of(schema)).get(0);
  }

  /** Reads the histories of many schemas, in the order given. */
  public List<SchemaHistory> read(Connection connection, Collection<SchemaRef> schemas)
      throws SQLException {
    return read(connection, schemas, Elsewhere.NOWHERE);
  }

  /**
   * The same.
   *
   * @param elsewhere where else other tools' histories of these schemas may stand
   */
  public List<SchemaHistory> read(
      Connection connection, Collection<SchemaRef> schemas, Elsewhere elsewhere)
      throws SQLException {
    Tables tables = tables(connection, schemas);
    lookIntoUntold(connection, tables, elsewhere);
    return schemas.stream().map(schema -> tables.histories.get(schema.schema())).toList();
  }

  /**
   * The contents of the tables, by schema.
   *
   * @param histories of each schema
   * @param inTheWay what is called as our table and isn't
   */
  private record Tables(Map<String, SchemaHistory> histories, Map<String, Foreign> inTheWay) {

    /** The schemas of which no migration is told. */
    Set<String> untold() {
      Set<String> untold = new HashSet<>(inTheWay.keySet());
      for (SchemaHistory history : histories.values()) {
        if (history.exists() && history.unreadable() == null && !history.tellsOfMigrations()) {
          untold.add(history.schema().schema());
        }
      }
      return untold;
    }
  }

  private Tables tables(Connection connection, Collection<SchemaRef> schemas) throws SQLException {
    Map<String, HistoryShape> shapes = HistoryShape.read(connection, name, schemas);
    Map<HistoryShape, Optional<Foreign>> foreign = new HashMap<>();
    Tables tables = new Tables(new HashMap<>(), new HashMap<>());
    List<SchemaRef> chunk = new ArrayList<>();
    for (SchemaRef schema : schemas) {
      HistoryShape shape = shapes.get(schema.schema());
      if (shape == null) {
        tables.histories.put(schema.schema(), SchemaHistory.noSchema(schema));
      } else if (shape.kind() == null) {
        tables.histories.put(schema.schema(), SchemaHistory.noTable(schema));
      } else {
        Foreign other = foreign.computeIfAbsent(shape, HistoryShape::foreign).orElse(null);
        if (other == null && shape.mistrust() != null) {
          tables.histories.put(
              schema.schema(),
              SchemaHistory.unreadable(
                  schema,
                  "schema %s: %s".formatted(schema, HistoryTrust.refusal(name, shape.mistrust()))));
        } else if (other == null) {
          chunk.add(schema);
        } else {
          String why = "schema %s: %s".formatted(schema, other.objection(name));
          tables.inTheWay.put(schema.schema(), other);
          tables.histories.put(schema.schema(), SchemaHistory.unreadable(schema, why));
        }
      }
      if (chunk.size() == SELECTS_PER_MESSAGE) {
        readChunk(connection, chunk, tables.histories);
        chunk.clear();
      }
    }
    readChunk(connection, chunk, tables.histories);
    return tables;
  }

  /**
   * Looks for what is in the schemas whose histories tell of no migration: in one query for all of
   * them, and not at all where there are none. Where something is, the history is read once more:
   * both may have come in between, by a migration.
   */
  private void lookIntoUntold(Connection connection, Tables tables, Elsewhere elsewhere)
      throws SQLException {
    Set<String> untold = tables.untold();
    if (untold.isEmpty()) {
      return;
    }
    Map<String, String> found = SchemaContents.read(connection, name, untold);
    Map<String, SchemaHistory> histories = tables.histories;
    List<SchemaRef> filled = new ArrayList<>();
    for (String schema : untold) {
      SchemaHistory history = histories.get(schema);
      if (history != null && (found.containsKey(schema) || tables.inTheWay.containsKey(schema))) {
        filled.add(history.schema());
      } else if (history != null) {
        histories.put(schema, history.ofNothing());
      }
    }
    lookBesidePublic(connection, tables, elsewhere);
    if (filled.isEmpty()) {
      return;
    }
    readOnceMore(connection, tables, filled, found, elsewhere);
  }

  /** Judges schemas whose histories tell of no migration, and in which something is. */
  private void readOnceMore(
      Connection connection,
      Tables tables,
      List<SchemaRef> filled,
      Map<String, String> found,
      Elsewhere elsewhere)
      throws SQLException {
    Map<String, SchemaHistory> histories = tables.histories;
    Tables again = tables(connection, filled);
    histories.putAll(again.histories);
    Set<String> stillUntold = again.untold();
    stillUntold.removeAll(
        SchemaContents.emptied(
            connection,
            stillUntold.stream().filter(name -> isOurs(again.histories.get(name))).toList()));
    Map<SchemaRef, List<ForeignHistory>> others =
        ForeignHistories.read(
            connection,
            name,
            filled.stream().filter(schema -> stillUntold.contains(schema.schema())).toList(),
            elsewhere.schemas(connection));
    List<SchemaRef> takenOverMeanwhile = new ArrayList<>();
    for (String schema : stillUntold) {
      SchemaHistory history = again.histories.get(schema);
      if (history != null) {
        List<ForeignHistory> foreign = others.getOrDefault(history.schema(), List.of());
        if (again.inTheWay.containsKey(schema) && foreign.stream().anyMatch(Adoptions::isKept)) {
          takenOverMeanwhile.add(history.schema());
        }
        histories.put(
            schema, judged(history, again.inTheWay.get(schema), found.get(schema), foreign));
      }
    }
    if (!takenOverMeanwhile.isEmpty()) {
      histories.putAll(tables(connection, takenOverMeanwhile).histories);
    }
  }

  /** All that migrations of {@code public} made may stand in other schemas, and their history. */
  private void lookBesidePublic(Connection connection, Tables tables, Elsewhere elsewhere)
      throws SQLException {
    SchemaHistory history = tables.histories.get(SchemaRef.PUBLIC.schema());
    if (history == null || !history.blank()) {
      return;
    }
    List<ForeignHistory> others =
        ForeignHistories.read(
                connection, name, List.of(SchemaRef.PUBLIC), elsewhere.schemas(connection))
            .getOrDefault(SchemaRef.PUBLIC, List.of());
    List<ForeignHistory> telling =
        others.stream().filter(ForeignHistory::tellsOfMigrations).toList();
    if (!telling.isEmpty()) {
      tables.histories.put(SchemaRef.PUBLIC.schema(), history.toldOfElsewhere(name, telling));
    }
  }

  private static boolean isOurs(@Nullable SchemaHistory history) {
    return history != null && history.table() && history.unreadable() == null;
  }

  private SchemaHistory judged(
      SchemaHistory history,
      @Nullable Foreign inTheWay,
      @Nullable String found,
      List<ForeignHistory> others) {
    if (inTheWay == null && found == null) {
      return history.ofNothing();
    }
    SchemaRef schema = history.schema();
    if (inTheWay == null) {
      return history.of(new Unmanaged(schema, name, String.valueOf(found), null, others));
    }
    String what = inTheWay.found(name) + (found == null ? "" : ", " + found);
    return history.of(new Unmanaged(schema, name, what, inTheWay.tool(), others));
  }

  /** Reads one message's worth; one schema that can't be read costs only itself. */
  private void readChunk(
      Connection connection, List<SchemaRef> chunk, Map<String, SchemaHistory> histories)
      throws SQLException {
    if (chunk.isEmpty()) {
      return;
    }
    try {
      histories.putAll(select(connection, chunk));
    } catch (SQLException e) {
      if (LostConnection.isLost(connection, e)) {
        throw e;
      }
      if (chunk.size() > 1) {
        for (SchemaRef schema : chunk) {
          readChunk(connection, List.of(schema), histories);
        }
      } else {
        SchemaRef schema = chunk.get(0);
        histories.put(schema.schema(), unreadable(schema, e));
      }
    }
  }

  private static SchemaHistory unreadable(SchemaRef schema, SQLException e) {
    return switch (String.valueOf(e.getSQLState())) {
      // The schema or its table was dropped since the catalog was read.
      case "3F000" -> SchemaHistory.noSchema(schema);
      case "42P01" -> SchemaHistory.noTable(schema);
      default ->
          SchemaHistory.unreadable(
              schema,
              "the history of schema %s can't be read: %s%s"
                  .formatted(
                      schema,
                      AccessErrors.describe(e),
                      "42501".equals(e.getSQLState())
                          ? "; GRANT the account USAGE on the schema, or make it a member of its"
                              + " owner"
                          : ""));
    };
  }

  private Map<String, SchemaHistory> select(Connection connection, List<SchemaRef> chunk)
      throws SQLException {
    // Policies are another's code; where any would be in force, this is an error.
    StringBuilder message = new StringBuilder("SET LOCAL row_security = off;\n");
    for (SchemaRef schema : chunk) {
      message.append(table.select(schema)).append(";\n");
    }
    Map<String, SchemaHistory> histories = new HashMap<>();
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(message.toString());
      boolean result = statement.getMoreResults();
      for (SchemaRef schema : chunk) {
        if (!result) {
          throw new SQLException("fewer results than SELECTs", "08P01");
        }
        try (ResultSet rows = statement.getResultSet()) {
          histories.put(schema.schema(), history(schema, rows));
        }
        result = statement.getMoreResults();
      }
    }
    return histories;
  }

  /** Makes a history of the rows of {@link #selectOf}. */
  public static SchemaHistory history(SchemaRef schema, ResultSet rows) throws SQLException {
    List<HistoryEntry> entries = new ArrayList<>();
    while (rows.next()) {
      long version = rows.getLong(1);
      if (version >= 1) {
        entries.add(entry(Version.recorded(version, rows.getString(2)), rows));
      }
    }
    entries.sort(Comparator.comparing(HistoryEntry::version));
    return new SchemaHistory(schema, true, true, entries, null);
  }

  /**
   * The schemas whose histories a run has to look at though nothing was written to them: something
   * of them is neither the account's nor a superuser's, who may have given it triggers meanwhile.
   */
  public Set<String> ofOthers(Connection connection) throws SQLException {
    return HistoryTrust.ofOthers(connection, name);
  }

  /** The statement that {@link #history} reads the rows of. */
  public String selectOf(SchemaRef schema) {
    return table.select(schema);
  }

  private static HistoryEntry entry(Version version, ResultSet rows) throws SQLException {
    int millis = rows.getInt(5);
    if (rows.wasNull()) {
      millis = -1;
    }
    LocalDateTime appliedAt = rows.getObject(4, LocalDateTime.class);
    return new HistoryEntry(
        version,
        text(rows.getString(2)),
        text(rows.getString(3)),
        appliedAt.toInstant(ZoneOffset.UTC),
        millis,
        HistoryStatus.of(rows.getString(6)),
        failure(rows.getString(6), rows.getString(7)));
  }

  /** A status other than success is a failure; none at all is the column's default, success. */
  private static @Nullable String failure(@Nullable String status, @Nullable String error) {
    if (status == null || status.equals("success")) {
      return null;
    }
    return error == null || error.isBlank() ? "its status is " + status : error;
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }
}
