package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.connection.DriverProperties;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The registry's tables of gateways and drains, as SQL. A gateway's row says that it is there,
 * until it expires, and which processes at the server are its own: what those have begun is
 * nobody's any more once it has. A drain's row marks a schema, by the token of the lease under
 * which it is about to be migrated: it is in force as long as the lease has that token and a
 * holder, so it goes with the lease. A row of {@code drain_ack} is a gateway's answer: what it
 * still waits for, or that nothing is under way there any more. Stateless; thread-safe.
 */
public final class DrainTables {

  static final Set<String> NAMES = Set.of("gateway", "drain", "drain_ack");

  static final List<String> CREATION =
      List.of(
          """
          CREATE UNLOGGED TABLE IF NOT EXISTS tenantgate.gateway (
            id text PRIMARY KEY,
            host text NOT NULL,
            started_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            backends integer[],
            backends_at timestamptz)\
          """,
          """
          CREATE UNLOGGED TABLE IF NOT EXISTS tenantgate.drain (
            schema_name text PRIMARY KEY,
            token bigint NOT NULL,
            marked_at timestamptz NOT NULL,
            cancel_at timestamptz,
            proof text)\
          """,
          """
          CREATE UNLOGGED TABLE IF NOT EXISTS tenantgate.drain_ack (
            schema_name text NOT NULL,
            token bigint NOT NULL,
            gateway text NOT NULL,
            acked boolean NOT NULL,
            in_the_way text NOT NULL,
            PRIMARY KEY (schema_name, token, gateway))\
          """);

  /** The columns that earlier versions didn't have. */
  static final String ADDITION =
      "ALTER TABLE tenantgate.gateway ADD COLUMN IF NOT EXISTS backends integer[],"
          + " ADD COLUMN IF NOT EXISTS backends_at timestamptz";

  /** The same, of marks. */
  static final String MARK_ADDITION =
      "ALTER TABLE tenantgate.drain ADD COLUMN IF NOT EXISTS proof text";

  /** More than a server has. */
  private static final int MOST_BACKENDS = 10_000;

  /** Rows that are lost with the server aren't missed: the connections are gone as well. */
  private static final String BEGIN =
      "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = off;\n";

  /**
   * The gateways that are there, and those gone whose backends haven't been seen to: id, host,
   * whether it is there.
   */
  public static final String MEMBERS =
      """
      SELECT id, host, expires_at > pg_catalog.clock_timestamp() FROM tenantgate.gateway \
      WHERE expires_at > pg_catalog.clock_timestamp() OR backends IS NOT NULL ORDER BY id\
      """;

  /** The gateways that are there: id, host, since when. */
  public static final String THERE =
      """
      SELECT id, host, started_at FROM tenantgate.gateway \
      WHERE expires_at > pg_catalog.clock_timestamp() ORDER BY id\
      """;

  /**
   * The drains in force: schema, token, the lease's holder, milliseconds until the cancelling, the
   * proof by which the holder is known.
   */
  private static final String MARKS =
      """
      SELECT d.schema_name, d.token, l.holder, pg_catalog.date_part('epoch', d.cancel_at \
      - pg_catalog.clock_timestamp()) * 1000, d.proof \
      FROM tenantgate.drain d JOIN tenantgate.lease l ON l.schema_name = d.schema_name \
      WHERE l.token = d.token AND l.holder IS NOT NULL\
      """;

  private DrainTables() {}

  /**
   * The drains in force, in the columns of {@link #MARKS}.
   *
   * @param others leases that are taken for drains as well, while they are held
   */
  public static String marks(Collection<Drained> others) {
    return others.isEmpty()
        ? MARKS
        : MARKS
            + """
             UNION ALL SELECT o.schema_name, o.token, o.holder, NULL, NULL FROM tenantgate.lease o \
            WHERE (o.schema_name, o.token) IN (%s) AND o.holder IS NOT NULL \
            AND o.expires_at > pg_catalog.clock_timestamp() \
            AND NOT EXISTS (SELECT 1 FROM tenantgate.drain m \
            WHERE m.schema_name = o.schema_name AND m.token = o.token)\
            """
                .formatted(tuples(others));
  }

  /**
   * The leases in force that nobody drains for: schema, token. One holder's leases are left out.
   */
  public static String undrained(String holder) {
    return """
    SELECT l.schema_name, l.token FROM tenantgate.lease l \
    WHERE l.holder <> %s AND l.expires_at > pg_catalog.clock_timestamp() \
    AND NOT EXISTS (SELECT 1 FROM tenantgate.drain d \
    WHERE d.schema_name = l.schema_name AND d.token = l.token)\
    """
        .formatted(SqlIdentifier.literal(holder));
  }

  /**
   * Whether somebody may begin a migration who knows of no gateway: a migrator is connected, or has
   * had a lease a moment ago.
   *
   * @param own processes at the server that aren't meant
   */
  public static String activity(Collection<Integer> own) {
    return """
    SELECT EXISTS (SELECT 1 FROM tenantgate.lease WHERE (holder IS NOT NULL \
    AND expires_at > pg_catalog.clock_timestamp()) \
    OR acquired_at > pg_catalog.clock_timestamp() - INTERVAL '500 milliseconds') \
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity \
    WHERE datname = pg_catalog.current_database() AND application_name = '%s' \
    AND pid NOT IN (0%s))\
    """
        .formatted(
            DriverProperties.APPLICATION,
            own.stream().map(process -> ", " + process).collect(Collectors.joining()));
  }

  /** One transaction of these statements. */
  public static String transaction(Collection<String> statements) {
    return BEGIN + String.join(";\n", statements) + ";\nCOMMIT";
  }

  /** Says that a gateway is there, for so long. */
  public static String heartbeat(String id, String host, Duration lease) {
    return """
    INSERT INTO tenantgate.gateway (id, host, started_at, expires_at) \
    VALUES (%s, %s, pg_catalog.clock_timestamp(), \
    pg_catalog.clock_timestamp() + INTERVAL '%d milliseconds') \
    ON CONFLICT (id) DO UPDATE SET expires_at = EXCLUDED.expires_at\
    """
        .formatted(SqlIdentifier.literal(id), SqlIdentifier.literal(host), lease.toMillis());
  }

  /**
   * Says which processes at the server are a gateway's.
   *
   * @param processes as of now; more than ten thousand aren't kept
   */
  public static String backends(String id, int[] processes) {
    String array =
        Arrays.stream(processes)
            .limit(MOST_BACKENDS)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(",", "'{", "}'"));
    return """
    UPDATE tenantgate.gateway SET backends = %s, backends_at = pg_catalog.clock_timestamp() \
    WHERE id = %s\
    """
        .formatted(processes.length == 0 ? "NULL" : array, SqlIdentifier.literal(id));
  }

  /** Takes a gateway's row away. */
  public static String leave(String id) {
    return "DELETE FROM tenantgate.gateway WHERE id = " + SqlIdentifier.literal(id);
  }

  /**
   * Lets the rows of gateways and the leases expire now that processes have which are gone. A lease
   * that a transaction is about to confirm is left.
   */
  public static List<String> departed(Collection<String> processes) {
    String names = processes.stream().map(SqlIdentifier::literal).collect(Collectors.joining(", "));
    return List.of(
        """
        UPDATE tenantgate.gateway SET expires_at = pg_catalog.clock_timestamp() \
        WHERE id IN (%s) AND expires_at > pg_catalog.clock_timestamp()\
        """
            .formatted(names),
        """
        UPDATE tenantgate.lease SET expires_at = pg_catalog.clock_timestamp() \
        WHERE schema_name IN (SELECT schema_name FROM tenantgate.lease WHERE holder IN (%s) \
        AND expires_at > pg_catalog.clock_timestamp() FOR UPDATE SKIP LOCKED)\
        """
            .formatted(names));
  }

  /**
   * Takes away what those have left behind that are gone for longer than a server keeps a
   * connection to nobody.
   */
  public static List<String> tidy() {
    return List.of(
        "DELETE FROM tenantgate.gateway"
            + " WHERE expires_at < pg_catalog.clock_timestamp() - INTERVAL '1 day'",
        """
        DELETE FROM tenantgate.drain_ack a WHERE NOT EXISTS (SELECT 1 FROM tenantgate.drain d \
        WHERE d.schema_name = a.schema_name AND d.token = a.token)\
        """);
  }

  /**
   * Takes the lease from those who drain and whose lease has expired: whoever is released because
   * of that must not meet a migration that goes on all the same. One that commits right now is
   * left.
   */
  public static String revokeExpired() {
    return """
    UPDATE tenantgate.lease SET holder = NULL WHERE schema_name IN (SELECT l.schema_name \
    FROM tenantgate.lease l JOIN tenantgate.drain d ON d.schema_name = l.schema_name \
    WHERE l.token = d.token AND l.holder IS NOT NULL \
    AND l.expires_at <= pg_catalog.clock_timestamp() FOR UPDATE OF l SKIP LOCKED)\
    """;
  }

  /**
   * A gateway's answers.
   *
   * @param inTheWay by schema and token, what is still under way; empty for nothing, which is the
   *     acknowledgement
   */
  public static String answers(String gateway, Map<Drained, String> inTheWay) {
    String rows =
        inTheWay.entrySet().stream()
            .map(
                answer ->
                    "(%s, %d, %s, %s, %s)"
                        .formatted(
                            SqlIdentifier.literal(answer.getKey().schema()),
                            answer.getKey().token(),
                            SqlIdentifier.literal(gateway),
                            answer.getValue().isEmpty(),
                            SqlIdentifier.literal(answer.getValue())))
            .collect(Collectors.joining(", "));
    return """
    INSERT INTO tenantgate.drain_ack AS a (schema_name, token, gateway, acked, in_the_way) \
    VALUES %s ON CONFLICT (schema_name, token, gateway) \
    DO UPDATE SET acked = EXCLUDED.acked, in_the_way = EXCLUDED.in_the_way\
    """
        .formatted(rows);
  }

  /**
   * A schema whose transactions are to end.
   *
   * @param schema its name
   * @param token of the lease under which it will be migrated
   */
  public record Drained(String schema, long token) {}

  /**
   * Marks schemas.
   *
   * @param drains the schemas, and the proof of each
   * @param cancelAfter when gateways cancel what is under way; null if never
   */
  public static String mark(Map<Drained, String> drains, @Nullable Duration cancelAfter) {
    String cancelAt =
        cancelAfter == null
            ? "NULL"
            : "pg_catalog.clock_timestamp() + INTERVAL '%d milliseconds'"
                .formatted(cancelAfter.toMillis());
    String rows =
        drains.entrySet().stream()
            .map(
                drain ->
                    "(%s, %d, pg_catalog.clock_timestamp(), %s, %s)"
                        .formatted(
                            SqlIdentifier.literal(drain.getKey().schema()),
                            drain.getKey().token(),
                            cancelAt,
                            SqlIdentifier.literal(drain.getValue())))
            .collect(Collectors.joining(", "));
    return """
    INSERT INTO tenantgate.drain AS d (schema_name, token, marked_at, cancel_at, proof) VALUES %s \
    ON CONFLICT (schema_name) DO UPDATE SET token = EXCLUDED.token, \
    marked_at = EXCLUDED.marked_at, cancel_at = EXCLUDED.cancel_at, proof = EXCLUDED.proof \
    WHERE d.token < EXCLUDED.token\
    """
        .formatted(rows);
  }

  /** Takes marks off, with the answers to them. */
  public static List<String> unmark(Collection<Drained> drains) {
    String which = "(schema_name, token) IN (" + tuples(drains) + ")";
    return List.of(
        "DELETE FROM tenantgate.drain WHERE " + which,
        "DELETE FROM tenantgate.drain_ack WHERE " + which);
  }

  /** Reads the answers: schema, token, gateway, whether it is an acknowledgement, what isn't. */
  public static String readAnswers(Collection<Drained> drains) {
    return "SELECT schema_name, token, gateway, acked, in_the_way FROM tenantgate.drain_ack"
        + " WHERE (schema_name, token) IN ("
        + tuples(drains)
        + ")";
  }

  private static String tuples(Collection<Drained> drains) {
    return drains.stream()
        .map(drain -> "(%s, %d)".formatted(SqlIdentifier.literal(drain.schema()), drain.token()))
        .collect(Collectors.joining(", "));
  }
}
