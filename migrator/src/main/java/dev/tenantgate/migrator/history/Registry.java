package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's own schema: one row per migrated schema, the leases, the journal, the runs.
 * Stateless; thread-safe.
 *
 * <p>It is an index: what it says is confirmed by the histories before anything is decided by it.
 */
public final class Registry {

  /** The schema's name. */
  public static final String SCHEMA = SchemaRef.REGISTRY;

  /** The table of leases, qualified. */
  public static final String LEASE_TABLE = SCHEMA + ".lease";

  private static final String SCHEMA_TABLE = SCHEMA + ".schema_state";

  private static final List<String> CREATION =
      List.of(
          "CREATE SCHEMA IF NOT EXISTS " + SCHEMA,
          """
          CREATE TABLE IF NOT EXISTS tenantgate.schema_state (
            schema_name text PRIMARY KEY,
            tenant text,
            version bigint,
            applied integer NOT NULL,
            failed_version bigint,
            error_message text,
            changed_at timestamptz NOT NULL,
            history_digest text,
            history_mark text)\
          """,
          """
          CREATE UNLOGGED TABLE IF NOT EXISTS tenantgate.lease (
            schema_name text PRIMARY KEY,
            holder text,
            token bigint NOT NULL,
            acquired_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL)\
          """,
          Journal.CREATION,
          RunLog.CREATION.get(0),
          RunLog.CREATION.get(1),
          OperationLog.CREATION,
          SeedLog.CREATION,
          Adoptions.CREATION,
          DrainTables.CREATION.get(0),
          DrainTables.CREATION.get(1),
          DrainTables.CREATION.get(2));

  private static final String ADDITION =
      "ALTER TABLE tenantgate.schema_state ADD COLUMN IF NOT EXISTS history_digest text,"
          + " ADD COLUMN IF NOT EXISTS history_mark text";

  /** Beside the tables, columns that earlier versions didn't have. */
  private static final String DIGEST_COLUMN = "schema_state.history_digest";

  private static final String MARK_COLUMN = "schema_state.history_mark";

  private static final String BACKENDS_COLUMN = "gateway.backends_at";

  private static final String PROOF_COLUMN = "drain.proof";

  private static final Set<String> TABLES =
      Stream.concat(
              Stream.of(
                  "schema_state",
                  DIGEST_COLUMN,
                  MARK_COLUMN,
                  BACKENDS_COLUMN,
                  PROOF_COLUMN,
                  "lease",
                  "journal",
                  "run",
                  "run_schema",
                  OperationLog.NAME,
                  SeedLog.NAME,
                  Adoptions.NAME),
              DrainTables.NAMES.stream())
          .collect(Collectors.toUnmodifiableSet());

  /**
   * The existing ones of {@link #TABLES}. Looked up by the catalog's indexes, one by one: a join
   * may read a catalog of hundreds of thousands of relations, and each run asks some times.
   */
  private static final String THERE =
      """
      SELECT wanted.name
      FROM (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = '%s' OFFSET 0) n
      CROSS JOIN (VALUES %s) AS wanted (name, table_name, column_name)
      CROSS JOIN LATERAL (
        SELECT oid FROM pg_catalog.pg_class
        WHERE relnamespace = n.oid AND relname = wanted.table_name::pg_catalog.name
        AND relkind IN ('r', 'p') OFFSET 0) c
      LEFT JOIN LATERAL (
        SELECT attnum FROM pg_catalog.pg_attribute
        WHERE attrelid = c.oid AND attname = wanted.column_name::pg_catalog.name
        AND NOT attisdropped OFFSET 0) a ON true
      WHERE wanted.column_name = '' OR a.attnum IS NOT NULL
      """
          .formatted(
              SCHEMA, TABLES.stream().map(Registry::wanted).collect(Collectors.joining(", ")));

  /** SQLSTATEs for two processes that create it at once: the other's success. */
  private static final Set<String> RACES = Set.of("23505", "42P06", "42P07", "42710", "40001");

  private static final int TRIES = 10;

  private Registry() {}

  /** A table, or a table's column, as it is looked for. */
  private static String wanted(String name) {
    int dot = name.indexOf('.');
    return "('%s', '%s', '%s')"
        .formatted(
            name, dot < 0 ? name : name.substring(0, dot), dot < 0 ? "" : name.substring(dot + 1));
  }

  /** The statement that forgets a schema that was dropped. */
  public static String forget(SchemaRef schema) {
    return "DELETE FROM %s WHERE schema_name = %s"
        .formatted(SCHEMA_TABLE, SqlIdentifier.literal(schema.schema()));
  }

  /** Whether it is there; one that an earlier version made lacks some tables yet. */
  public static boolean exists(Connection connection) throws SQLException {
    return tables(connection).containsAll(Set.of("schema_state", "lease"));
  }

  /** Whether the journal is there. */
  static boolean hasJournal(Connection connection) throws SQLException {
    return tables(connection).contains("journal");
  }

  /** Whether the table of seed data is there. */
  static boolean hasSeedData(Connection connection) throws SQLException {
    return tables(connection).contains(SeedLog.NAME);
  }

  /** Whether the table of histories that were taken over is there. */
  static boolean hasAdoptions(Connection connection) throws SQLException {
    return tables(connection).contains(Adoptions.NAME);
  }

  /** Whether the tables of runs are there. */
  static boolean hasRuns(Connection connection) throws SQLException {
    return tables(connection).containsAll(Set.of("run", "run_schema"));
  }

  /** Whether the table of operations is there. */
  static boolean hasOperations(Connection connection) throws SQLException {
    return tables(connection).contains(OperationLog.NAME);
  }

  private static Set<String> tables(Connection connection) throws SQLException {
    Set<String> tables = new HashSet<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(THERE)) {
      while (rows.next()) {
        tables.add(rows.getString(1));
      }
    }
    return tables;
  }

  /** Creates what isn't there yet; any number of processes may do so at once. */
  public static void create(Connection connection) throws SQLException {
    for (int tries = 1; !tables(connection).containsAll(TABLES); tries++) {
      for (String statement : CREATION) {
        createOne(connection, statement, tries);
      }
      if (!tables(connection).containsAll(Set.of(DIGEST_COLUMN, MARK_COLUMN))) {
        createOne(connection, ADDITION, tries);
      }
      if (!tables(connection).contains(BACKENDS_COLUMN)) {
        createOne(connection, DrainTables.ADDITION, tries);
      }
      if (!tables(connection).contains(PROOF_COLUMN)) {
        createOne(connection, DrainTables.MARK_ADDITION, tries);
      }
    }
    UnloggedTables.ensure(connection);
  }

  private static void createOne(Connection connection, String sql, int tries) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      if (!RACES.contains(e.getSQLState()) || tries >= TRIES) {
        throw e;
      }
    }
  }

  /** Writes a schema's row. */
  public static String record(
      SchemaRef schema,
      @Nullable Version version,
      int applied,
      @Nullable Migration failed,
      @Nullable String error,
      String digest) {
    return """
    INSERT INTO %s (schema_name, tenant, version, applied, failed_version, error_message, \
    history_digest, changed_at) \
    VALUES (%s, %s, %s, %d, %s, %s, %s, pg_catalog.clock_timestamp()) \
    ON CONFLICT (schema_name) DO UPDATE SET tenant = EXCLUDED.tenant, \
    version = EXCLUDED.version, applied = EXCLUDED.applied, \
    failed_version = EXCLUDED.failed_version, error_message = EXCLUDED.error_message, \
    history_digest = EXCLUDED.history_digest, changed_at = EXCLUDED.changed_at\
    """
        .formatted(
            SCHEMA_TABLE,
            SqlIdentifier.literal(schema.schema()),
            schema.tenant() == null ? "NULL" : SqlIdentifier.literal(schema.tenant()),
            version == null ? "NULL" : Long.toString(version.number()),
            applied,
            failed == null ? "NULL" : Long.toString(failed.version().number()),
            error == null ? "NULL" : SqlIdentifier.literal(error),
            SqlIdentifier.literal(digest));
  }

  /** Reads every row, by schema; empty where there is no registry. */
  public static List<RegistryRow> read(Connection connection) throws SQLException {
    Set<String> there = tables(connection);
    List<RegistryRow> rows = new ArrayList<>();
    if (!there.contains("schema_state")) {
      return rows;
    }
    String sql =
        """
        SELECT schema_name, tenant, version, applied, failed_version, error_message, changed_at, \
        %s, %s FROM %s ORDER BY schema_name\
        """
            .formatted(
                there.contains(DIGEST_COLUMN) ? "history_digest" : "NULL",
                there.contains(MARK_COLUMN) ? "history_mark" : "NULL",
                SCHEMA_TABLE);
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        rows.add(
            new RegistryRow(
                new SchemaRef(result.getString(1), result.getString(2)),
                version(result, 3),
                result.getInt(4),
                version(result, 5),
                result.getString(6),
                result.getObject(7, OffsetDateTime.class).toInstant(),
                result.getString(8),
                result.getString(9)));
      }
    }
    return rows;
  }

  private static @Nullable Version version(ResultSet row, int column) throws SQLException {
    long number = row.getLong(column);
    return row.wasNull() || number < 1 ? null : new Version(number);
  }
}
