package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import org.jspecify.annotations.Nullable;

/**
 * Sends plain statements, without functions and without a procedural language, so that it works on
 * CockroachDB and for accounts that may create no functions.
 */
record SentBookkeeping() implements Bookkeeping {

  @Override
  public boolean takesLeases() {
    return false;
  }

  @Override
  public String recordStep(
      SchemaRef schema, Version version, String name, String action, String by, String millis) {
    return Journal.record(schema, version, name, action, by, millis, null);
  }

  @Override
  public String recordState(
      SchemaRef schema, @Nullable Version version, int applied, String digest) {
    return Registry.record(schema, version, applied, null, null, digest);
  }

  /**
   * Where the lease is lost, a sentence is cast to an integer: no plain statement can raise an
   * error of its own. {@link SqlFailure} knows the sentence. The count in it keeps the server from
   * casting it before it is known whether that is needed.
   */
  @Override
  public String confirmLease(SchemaRef schema, HeldLease lease) {
    Long millis = lease.millis();
    return """
    WITH held AS (UPDATE %s SET %s WHERE schema_name = %s AND token = %d AND holder = %s \
    RETURNING token) \
    SELECT CASE WHEN pg_catalog.count(*) = 1 THEN 1 \
    ELSE CAST(pg_catalog.concat(%s, ' (', pg_catalog.count(*), ')') AS integer) END FROM held\
    """
        .formatted(
            Registry.LEASE_TABLE,
            millis == null ? "holder = NULL" : "expires_at = " + expiry(millis),
            SqlIdentifier.literal(schema.schema()),
            lease.token(),
            SqlIdentifier.literal(lease.holder()),
            SqlIdentifier.literal(SqlFailure.leaseLost(schema.schema())));
  }

  private static String expiry(long millis) {
    // An interval of the grammar's own: CockroachDB has no make_interval.
    return "pg_catalog.clock_timestamp() + INTERVAL '%d milliseconds'".formatted(millis);
  }
}
