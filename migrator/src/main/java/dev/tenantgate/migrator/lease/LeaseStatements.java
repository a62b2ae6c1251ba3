package dev.tenantgate.migrator.lease;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.time.Duration;
import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The statements that take, extend and give back leases. Immutable.
 *
 * @param holder who does
 * @param timeout how long a lease holds unless it is extended
 */
public record LeaseStatements(String holder, Duration timeout) {

  /**
   * The statement that takes a schema's lease if it is free, expired or still has the token of
   * ours, and returns its new token; no row if another has it.
   */
  String acquisition(SchemaRef schema, @Nullable Long orphan) {
    String ours =
        orphan == null ? "" : " OR (l.holder = EXCLUDED.holder AND l.token = %d)".formatted(orphan);
    return """
    INSERT INTO %s AS l (schema_name, holder, token, acquired_at, expires_at) \
    VALUES (%s, %s, 1, pg_catalog.clock_timestamp(), %s) \
    ON CONFLICT (schema_name) DO UPDATE SET holder = EXCLUDED.holder, token = l.token + 1, \
    acquired_at = EXCLUDED.acquired_at, expires_at = %s \
    WHERE l.holder IS NULL OR l.expires_at <= pg_catalog.clock_timestamp()%s \
    RETURNING token\
    """
        .formatted(
            Registry.LEASE_TABLE,
            SqlIdentifier.literal(schema.schema()),
            SqlIdentifier.literal(holder),
            expiry(),
            expiry(),
            ours);
  }

  /** The query that returns a row if the lease is held with this token. */
  String held(SchemaRef schema, long token) {
    return "SELECT 1 FROM %s WHERE schema_name = %s AND token = %d AND holder = %s"
        .formatted(
            Registry.LEASE_TABLE,
            SqlIdentifier.literal(schema.schema()),
            token,
            SqlIdentifier.literal(holder));
  }

  /** The statement that extends leases, but for those that a transaction is about to confirm. */
  String extension(Collection<String> schemas) {
    return """
    UPDATE %1$s SET expires_at = %2$s WHERE schema_name IN (SELECT schema_name FROM %1$s \
    WHERE schema_name IN (%3$s) AND holder = %4$s FOR UPDATE SKIP LOCKED)\
    """
        .formatted(
            Registry.LEASE_TABLE,
            expiry(),
            schemas.stream().map(SqlIdentifier::literal).collect(Collectors.joining(", ")),
            SqlIdentifier.literal(holder));
  }

  /** The statement that removes the row of a lease that is held, with its schema. */
  public String removal(SchemaRef schema, long token) {
    return "DELETE FROM %s WHERE schema_name = %s AND token = %d AND holder = %s"
        .formatted(
            Registry.LEASE_TABLE,
            SqlIdentifier.literal(schema.schema()),
            token,
            SqlIdentifier.literal(holder));
  }

  /** The statement that gives a lease back outside of a run's transaction. */
  String release(SchemaRef schema, long token) {
    return "UPDATE %s SET holder = NULL WHERE schema_name = %s AND token = %d AND holder = %s"
        .formatted(
            Registry.LEASE_TABLE,
            SqlIdentifier.literal(schema.schema()),
            token,
            SqlIdentifier.literal(holder));
  }

  private String expiry() {
    // An interval of the grammar's own: CockroachDB has no make_interval.
    return "pg_catalog.clock_timestamp() + INTERVAL '%d milliseconds'"
        .formatted(timeout.toMillis());
  }
}
