package dev.tenantgate.gateway.trial;

import dev.tenantgate.migrator.testing.TestDatabase;
import java.util.HashMap;
import java.util.Map;

/**
 * When each tenant was marked, drained, and migrated, as the database saw it: triggers on the
 * registry's tables write it down. Immutable.
 *
 * @param markedNanos when the last drain of it began, in nanoseconds since 1970, as all of these
 * @param drainedNanos when the last gateway had acknowledged that
 * @param beganNanos when its migration began: by how long its history says that it took
 * @param endedNanos when that gave its lease back, as its last statement before the commit
 */
record TenantTimes(long markedNanos, long drainedNanos, long beganNanos, long endedNanos) {

  /** To be there before the rollout. */
  private static final String LOG =
      """
      CREATE SCHEMA trial;
      CREATE TABLE trial.moment (
        schema_name text, token bigint, what text, at timestamptz, PRIMARY KEY (schema_name, what));
      CREATE FUNCTION trial.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO trial.moment VALUES
          (NEW.schema_name, NEW.token, TG_ARGV[0], pg_catalog.clock_timestamp())
        ON CONFLICT (schema_name, what)
          DO UPDATE SET token = EXCLUDED.token, at = EXCLUDED.at;
        RETURN NULL;
      END $$;
      CREATE TRIGGER note AFTER INSERT OR UPDATE ON tenantgate.drain
        FOR EACH ROW EXECUTE FUNCTION trial.note('marked');
      CREATE TRIGGER note AFTER INSERT OR UPDATE ON tenantgate.drain_ack
        FOR EACH ROW WHEN (NEW.acked) EXECUTE FUNCTION trial.note('drained');
      CREATE TRIGGER note AFTER UPDATE ON tenantgate.lease
        FOR EACH ROW WHEN (NEW.holder IS NULL) EXECUTE FUNCTION trial.note('ended');
      """;

  private static final String READ =
      """
      SELECT pg_catalog.concat_ws(' ', substr(m.schema_name, 9), %s) FROM trial.moment m
      JOIN trial.moment d ON d.schema_name = m.schema_name AND d.what = 'drained'
      JOIN trial.moment e ON e.schema_name = m.schema_name AND e.what = 'ended'
      WHERE m.what = 'marked' AND m.schema_name LIKE 'tenant\\_t%%'
      """
          .formatted(
              String.join(
                  ", ",
                  micros("m.at"),
                  micros("d.at"),
                  micros(
                      "e.at - (xpath('//sum/text()', query_to_xml(format('SELECT"
                          + " sum(execution_time_ms) FROM %I.schema_migrations WHERE version > 1',"
                          + " m.schema_name), true, true, '')))[1]::text::int"
                          + " * INTERVAL '1 millisecond'"),
                  micros("e.at")));

  private static String micros(String time) {
    return "(EXTRACT(epoch FROM %s) * 1000000)::bigint".formatted(time);
  }

  /** Begins to write down. */
  static void watch(TestDatabase database) {
    database.execute(LOG);
  }

  /** The times on record, by the tenant's number; none of tenants that weren't drained. */
  static Map<Integer, TenantTimes> read(TestDatabase database) {
    Map<Integer, TenantTimes> times = new HashMap<>();
    for (String row : database.column(READ)) {
      String[] words = String.valueOf(row).split(" ", 5);
      times.put(
          Integer.valueOf(words[0]),
          new TenantTimes(nanos(words[1]), nanos(words[2]), nanos(words[3]), nanos(words[4])));
    }
    return times;
  }

  private static long nanos(String micros) {
    return Long.parseLong(micros) * 1000;
  }

  /** How long its transactions took to end. */
  long drainNanos() {
    return drainedNanos - markedNanos;
  }

  /** How long it then took until the migration began. */
  long queueNanos() {
    return beganNanos - drainedNanos;
  }

  /** How long its own migration took. */
  long migrationNanos() {
    return endedNanos - beganNanos;
  }

  /** Whether any of it was in a span of time. */
  boolean touches(long fromNanos, long untilNanos) {
    return fromNanos < endedNanos && untilNanos > markedNanos;
  }
}
