package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The registry's functions: what every schema's transaction says, and the server would otherwise
 * parse and plan anew for each of thousands of schemas. They add nothing to what the plain
 * statements do; where they can't be made, those are sent. Stateless; thread-safe.
 *
 * <p>Every name in them is qualified, so that the caller's search path doesn't matter; operators
 * are found since callers have {@code pg_catalog} first. A change of one gets another name, since
 * processes of several versions share a registry.
 */
public final class RegistryFunctions {

  private static final Map<String, String> CREATION =
      Map.of(
          "take_lease",
          """
          CREATE FUNCTION tenantgate.take_lease(
            of_schema text, as_holder text, milliseconds bigint, seen_token bigint, error_code text)
          RETURNS void LANGUAGE plpgsql AS $function$
          BEGIN
            -- A lease may be lost with the server: nobody is left to hold it then.
            PERFORM pg_catalog.set_config('synchronous_commit', 'off', true),
              pg_catalog.set_config('lock_timeout', '2000', true);
            IF seen_token = 0 THEN
              INSERT INTO tenantgate.lease (schema_name, holder, token, acquired_at, expires_at)
              VALUES (of_schema, as_holder, 1, pg_catalog.clock_timestamp(),
                pg_catalog.clock_timestamp() + milliseconds * interval '1 millisecond')
              ON CONFLICT (schema_name) DO NOTHING;
            ELSE
              UPDATE tenantgate.lease SET holder = as_holder, token = token + 1,
                acquired_at = pg_catalog.clock_timestamp(),
                expires_at =
                  pg_catalog.clock_timestamp() + milliseconds * interval '1 millisecond'
              WHERE schema_name = of_schema AND token = seen_token AND holder IS NULL;
            END IF;
            IF NOT FOUND THEN
              RAISE EXCEPTION USING ERRCODE = error_code,
                MESSAGE = pg_catalog.format('the lease on schema %s is not as it was', of_schema);
            END IF;
          END
          $function$\
          """,
          "confirm_lease",
          """
          CREATE FUNCTION tenantgate.confirm_lease(
            of_schema text, as_holder text, with_token bigint, milliseconds bigint,
            error_code text)
          RETURNS void LANGUAGE plpgsql AS $function$
          BEGIN
            UPDATE tenantgate.lease SET
              holder = CASE WHEN milliseconds IS NULL THEN NULL ELSE holder END,
              expires_at = COALESCE(
                pg_catalog.clock_timestamp() + milliseconds * interval '1 millisecond', expires_at)
            WHERE schema_name = of_schema AND token = with_token AND holder = as_holder;
            IF NOT FOUND THEN
              RAISE EXCEPTION USING ERRCODE = error_code, MESSAGE = pg_catalog.format(
                'the lease on schema %s was taken over by another process', of_schema);
            END IF;
          END
          $function$\
          """,
          "record_state",
          """
          CREATE FUNCTION tenantgate.record_state(
            of_schema text, of_tenant text, to_version bigint, versions integer, digest text)
          RETURNS void LANGUAGE plpgsql AS $function$
          BEGIN
            INSERT INTO tenantgate.schema_state (schema_name, tenant, version, applied,
              failed_version, error_message, history_digest, changed_at)
            VALUES (of_schema, of_tenant, to_version, versions, NULL, NULL, digest,
              pg_catalog.clock_timestamp())
            ON CONFLICT (schema_name) DO UPDATE SET tenant = EXCLUDED.tenant,
              version = EXCLUDED.version, applied = EXCLUDED.applied,
              failed_version = EXCLUDED.failed_version, error_message = EXCLUDED.error_message,
              history_digest = EXCLUDED.history_digest, changed_at = EXCLUDED.changed_at;
          END
          $function$\
          """,
          "record_step",
          """
          CREATE FUNCTION tenantgate.record_step(
            of_schema text, of_version bigint, of_name text, what text, who text,
            milliseconds integer)
          RETURNS void LANGUAGE plpgsql AS $function$
          BEGIN
            INSERT INTO tenantgate.journal (schema_name, version, name, action, done_by, done_at,
              execution_time_ms, error_message)
            VALUES (of_schema, of_version, of_name, what,
              pg_catalog.concat(who, ' as ', SESSION_USER::text), pg_catalog.clock_timestamp(),
              milliseconds, NULL);
          END
          $function$\
          """,
          Adoptions.REFUSE_WRITE,
          """
          CREATE FUNCTION tenantgate.refuse_write() RETURNS trigger LANGUAGE plpgsql AS $function$
          BEGIN
            RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
              MESSAGE = pg_catalog.format('%I.%I is a view of the history that Tenantgate keeps',
                TG_TABLE_SCHEMA, TG_TABLE_NAME),
              HINT = 'Migrations are applied by tenantgate migrate, and recorded by it.';
          END
          $function$\
          """);

  /** The SQLSTATE for a process that creates one at the same time as another. */
  private static final String DUPLICATE = "42723";

  private static final String UNIQUE_VIOLATION = "23505";

  private RegistryFunctions() {}

  /**
   * Creates what isn't there yet; any number of processes may do so at once.
   *
   * @throws SQLException if that can't be done here
   */
  public static void create(Connection connection, HistoryName history) throws SQLException {
    create(connection, CREATION);
    create(connection, GroupFunctions.creation(history));
  }

  private static void create(Connection connection, Map<String, String> creation)
      throws SQLException {
    for (Map.Entry<String, String> function : creation.entrySet()) {
      if (!exists(connection, function.getKey())) {
        try (Statement statement = connection.createStatement()) {
          statement.execute(function.getValue());
        } catch (SQLException e) {
          String state = e.getSQLState();
          if (!DUPLICATE.equals(state) && !UNIQUE_VIOLATION.equals(state)) {
            throw e;
          }
        }
      }
    }
  }

  private static boolean exists(Connection connection, String name) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                """
                SELECT FROM pg_catalog.pg_proc p
                JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname = '%s' AND p.proname = '%s'\
                """
                    .formatted(Registry.SCHEMA, name))) {
      return row.next();
    }
  }

  /**
   * The statement that takes a schema's lease if it is still as it was seen: free, with that token.
   * It will be the next one then. Else it fails with the SQLSTATE given.
   *
   * @param seenToken its token; 0 if there was no lease yet
   */
  public static String takeLease(
      SchemaRef schema, String holder, long millis, long seenToken, String sqlState) {
    return "SELECT tenantgate.take_lease(%s, %s, %d, %d, '%s')"
        .formatted(
            SqlIdentifier.literal(schema.schema()),
            SqlIdentifier.literal(holder),
            millis,
            seenToken,
            sqlState);
  }

  /**
   * The statement that fails with the SQLSTATE given unless the lease is held, and locks it until
   * its transaction ends.
   *
   * @param millis for how long it is extended; null if it is given back with the commit
   */
  public static String confirmLease(
      SchemaRef schema, String holder, long token, @Nullable Long millis, String sqlState) {
    return "SELECT tenantgate.confirm_lease(%s, %s, %d, %s, '%s')"
        .formatted(
            SqlIdentifier.literal(schema.schema()),
            SqlIdentifier.literal(holder),
            token,
            millis == null ? "NULL" : millis.toString(),
            sqlState);
  }

  /** As {@link Registry#record}, of a schema without a failure. */
  public static String recordState(
      SchemaRef schema, @Nullable Version version, int applied, String digest) {
    return "SELECT tenantgate.record_state(%s, %s, %s, %d, %s)"
        .formatted(
            SqlIdentifier.literal(schema.schema()),
            schema.tenant() == null ? "NULL" : SqlIdentifier.literal(schema.tenant()),
            version == null ? "NULL" : Long.toString(version.number()),
            applied,
            SqlIdentifier.literal(digest));
  }

  /** As {@link Journal#record}, of a step that succeeded. */
  public static String recordStep(
      SchemaRef schema, Version version, String name, String action, String by, String millis) {
    return "SELECT tenantgate.record_step(%s, %s, %s, %s, %s, %s)"
        .formatted(
            SqlIdentifier.literal(schema.schema()),
            version.number(),
            SqlIdentifier.literal(name),
            SqlIdentifier.literal(action),
            SqlIdentifier.literal(by),
            millis);
  }
}
