package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The {@linkplain RegistryFunctions functions} of a transaction that several schemas share: what
 * those say of one schema, these say of all of them in one statement. Stateless; thread-safe.
 *
 * <p>They have a search path of their own: around them the one of a schema is in force, and a plan
 * is only kept while that is the same. Leases are found by their index, no matter when the table
 * was analyzed.
 */
public final class GroupFunctions {

  static final Map<String, String> CREATION =
      Map.of(
          "take_leases",
          """
          CREATE FUNCTION tenantgate.take_leases(
            of_schemas text[], seen_tokens bigint[], as_holder text, milliseconds bigint,
            error_code text)
          RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
          SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
          AS $function$
          DECLARE
            expiry timestamptz := clock_timestamp() + milliseconds * interval '1 millisecond';
            known bigint;
            fresh bigint;
          BEGIN
            -- A lease may be lost with the server: nobody is left to hold it then.
            PERFORM set_config('synchronous_commit', 'off', true),
              set_config('lock_timeout', '2000', true);
            UPDATE tenantgate.lease l SET holder = as_holder, token = l.token + 1,
              acquired_at = clock_timestamp(), expires_at = expiry
            FROM unnest(of_schemas, seen_tokens) AS seen (schema_name, token)
            WHERE l.schema_name = seen.schema_name AND l.token = seen.token
              AND l.holder IS NULL;
            GET DIAGNOSTICS known = ROW_COUNT;
            INSERT INTO tenantgate.lease (schema_name, holder, token, acquired_at, expires_at)
            SELECT seen.schema_name, as_holder, 1, clock_timestamp(), expiry
            FROM unnest(of_schemas, seen_tokens) AS seen (schema_name, token)
            WHERE seen.token = 0
            ON CONFLICT (schema_name) DO NOTHING;
            GET DIAGNOSTICS fresh = ROW_COUNT;
            IF known + fresh <> cardinality(of_schemas) THEN
              RAISE EXCEPTION USING ERRCODE = error_code,
                MESSAGE = format('of %s leases, %s are not as they were',
                  cardinality(of_schemas), cardinality(of_schemas) - known - fresh);
            END IF;
          END
          $function$\
          """,
          "confirm_in_time",
          """
          CREATE FUNCTION tenantgate.confirm_in_time(longest integer, error_code text)
          RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
          AS $function$
          BEGIN
            IF clock_timestamp() > transaction_timestamp() + longest * interval '1 millisecond' THEN
              RAISE EXCEPTION USING ERRCODE = error_code,
                MESSAGE = format('the schemas so far took more than %s ms together', longest);
            END IF;
          END
          $function$\
          """,
          "record_histories",
          """
          CREATE FUNCTION tenantgate.record_histories(
            of_schemas text[], versions bigint[], names text[], checksums text[], actions text[],
            who text)
          RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
          AS $function$
          DECLARE
            this_moment timestamptz := clock_timestamp();
            took integer := round(date_part('epoch', this_moment - transaction_timestamp()) * 1000
              / (cardinality(of_schemas) * cardinality(versions)));
            -- Dynamic statements are parsed anew for each table: these have nothing to plan.
            entries text := (SELECT string_agg(format(
                '($1[%1$s], $2[%1$s], $3, $4[%1$s], $5, ''success'', NULL)', place), ', ')
              FROM generate_subscripts(versions, 1) AS place);
            of_schema text;
          BEGIN
            FOREACH of_schema IN ARRAY of_schemas LOOP
              EXECUTE format('INSERT INTO %I.schema_migrations (version, name, applied_at, '
                  'checksum, execution_time_ms, status, error_message) VALUES %s',
                  of_schema, entries)
                USING versions, names, timezone('UTC', this_moment), checksums, took;
            END LOOP;
            INSERT INTO tenantgate.journal (schema_name, version, name, action, done_by, done_at,
              execution_time_ms, error_message)
            SELECT done.schema_name, step.version, step.name, step.action,
              concat(who, ' as ', SESSION_USER::text), this_moment, took, NULL
            FROM unnest(of_schemas) WITH ORDINALITY AS done (schema_name, place),
              unnest(versions, names, actions) WITH ORDINALITY AS step (version, name, action, place)
            ORDER BY done.place, step.place;
          END
          $function$\
          """,
          "record_states",
          """
          CREATE FUNCTION tenantgate.record_states(
            of_schemas text[], of_tenants text[], with_marks text[], with_tokens bigint[],
            as_holder text, to_version bigint, versions integer, digest text,
            error_code text)
          RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
          SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
          AS $function$
          DECLARE
            confirmed bigint;
          BEGIN
            INSERT INTO tenantgate.schema_state (schema_name, tenant, version, applied,
              failed_version, error_message, history_digest, history_mark, changed_at)
            SELECT done.schema_name, done.tenant, to_version, versions, NULL, NULL, digest,
              done.mark, clock_timestamp()
            FROM unnest(of_schemas, of_tenants, with_marks) AS done (schema_name, tenant, mark)
            ON CONFLICT (schema_name) DO UPDATE SET tenant = EXCLUDED.tenant,
              version = EXCLUDED.version, applied = EXCLUDED.applied,
              failed_version = EXCLUDED.failed_version, error_message = EXCLUDED.error_message,
              history_digest = EXCLUDED.history_digest, history_mark = EXCLUDED.history_mark,
              changed_at = EXCLUDED.changed_at;
            -- Last, so that the leases' rows are locked but for a moment.
            UPDATE tenantgate.lease l SET holder = NULL
            FROM unnest(of_schemas, with_tokens) AS held (schema_name, token)
            WHERE l.schema_name = held.schema_name AND l.token = held.token
              AND l.holder = as_holder;
            GET DIAGNOSTICS confirmed = ROW_COUNT;
            IF confirmed <> cardinality(of_schemas) THEN
              RAISE EXCEPTION USING ERRCODE = error_code, MESSAGE = format(
                'of %s leases, %s were taken over by another process',
                cardinality(of_schemas), cardinality(of_schemas) - confirmed);
            END IF;
          END
          $function$\
          """);

  private static final String RECORD_HISTORIES = "record_histories";

  private GroupFunctions() {}

  /**
   * The statements that make them, by name; the one that writes histories is made for their name.
   */
  static Map<String, String> creation(HistoryName history) {
    Map<String, String> creation = new HashMap<>(CREATION);
    creation.put(
        recordHistories(history),
        history
            .in(String.valueOf(creation.remove(RECORD_HISTORIES)))
            .replace(RECORD_HISTORIES, recordHistories(history)));
    return creation;
  }

  private static String recordHistories(HistoryName history) {
    return history.equals(HistoryName.STANDARD)
        ? RECORD_HISTORIES
        : RECORD_HISTORIES + "_" + history;
  }

  /**
   * The statement that takes schemas' leases if all of them are still as they were seen: free, with
   * those tokens. They will be the next ones then. Else it fails with the SQLSTATE given.
   *
   * @param seenTokens their tokens, in the same order; 0 where there was no lease yet
   */
  public static String takeLeases(
      List<SchemaRef> schemas, List<Long> seenTokens, String holder, long millis, String sqlState) {
    return "SELECT tenantgate.take_leases(%s, %s, %s, %d, '%s')"
        .formatted(
            array(schemas.stream().map(SchemaRef::schema)),
            numbers(seenTokens.stream()),
            SqlIdentifier.literal(holder),
            millis,
            sqlState);
  }

  /**
   * The statement that fails with the SQLSTATE given if its transaction has taken longer than that.
   */
  public static String confirmInTime(long longestMillis, String sqlState) {
    return "SELECT tenantgate.confirm_in_time(%d, '%s')".formatted(longestMillis, sqlState);
  }

  /**
   * The statement that adds migrations to the histories of all schemas of a transaction, and to the
   * journal. As to how long they took, the transaction's time until now is shared out equally.
   *
   * @param actions what was done with each of the migrations, in the same order
   */
  public static String recordHistories(
      HistoryName history,
      List<SchemaRef> schemas,
      List<Migration> migrations,
      List<String> actions,
      String by) {
    return "SELECT tenantgate.%s(%s, %s, %s, %s, %s, %s)"
        .formatted(
            recordHistories(history),
            array(schemas.stream().map(SchemaRef::schema)),
            numbers(migrations.stream().map(migration -> migration.version().number())),
            array(migrations.stream().map(Migration::name)),
            array(migrations.stream().map(Migration::checksum)),
            array(actions.stream()),
            SqlIdentifier.literal(by));
  }

  /**
   * The statement that writes the rows of schemas that have come to the same history, and gives
   * their leases back with the commit; fails with the SQLSTATE given unless all are held still.
   *
   * @param marks the {@link HistoryMark}s that the histories have then; null of one not known
   */
  public static String recordStates(
      List<SchemaRef> schemas,
      List<@Nullable String> marks,
      List<Long> tokens,
      String holder,
      @Nullable Version version,
      int applied,
      String digest,
      String sqlState) {
    return "SELECT tenantgate.record_states(%s, %s, %s, %s, %s, %s, %d, %s, '%s')"
        .formatted(
            array(schemas.stream().map(SchemaRef::schema)),
            array(schemas.stream().map(SchemaRef::tenant)),
            array(marks.stream()),
            numbers(tokens.stream()),
            SqlIdentifier.literal(holder),
            version == null ? "NULL" : Long.toString(version.number()),
            applied,
            SqlIdentifier.literal(digest),
            sqlState);
  }

  private static String array(Stream<@Nullable String> values) {
    return values
        .map(value -> value == null ? "NULL" : SqlIdentifier.literal(value))
        .collect(Collectors.joining(",", "ARRAY[", "]::pg_catalog.text[]"));
  }

  private static String numbers(Stream<?> numbers) {
    return numbers
        .map(String::valueOf)
        .collect(Collectors.joining(",", "ARRAY[", "]::pg_catalog.int8[]"));
  }
}
