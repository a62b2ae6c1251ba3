package dev.tenantgate.migrator.connection;

import dev.tenantgate.migrator.sql.SessionEffect;

/**
 * How a session of ours is before a migration, and the statements that make it so again within a
 * transaction, where DISCARD ALL is refused. Beyond the defaults of server, database and role there
 * is only what the driver and the server's watch over its peer need. Immutable.
 *
 * @param isoDates whether the default DateStyle is one that the driver can read; else results are
 *     written so between migrations, and as the default says within them
 * @param peerWatched whether {@link PeerWatch} has begun
 * @param ownBackend whether nobody else has the server's process between transactions; else what
 *     others have prepared there is left to them
 */
public record FreshSession(boolean isoDates, boolean peerWatched, boolean ownBackend) {

  /** A session that nothing was asked of yet. */
  static final FreshSession PLAIN = new FreshSession(true, false, true);

  /** Undoes the traces of triggers. */
  private static final String ROWS = "RESET ALL;\n%sDISCARD TEMP;\n";

  /** The bookkeeping draws numbers as well, and lastval() would tell the last of them. */
  private static final String SEQUENCES = "DISCARD SEQUENCES;\n";

  /** DISCARD ALL's own list, without plans, which are the bookkeeping's and are renewed anyway. */
  private static final String ALL =
      """
      SET SESSION AUTHORIZATION DEFAULT;
      RESET ROLE;
      RESET ALL;
      %sCLOSE ALL;
      %s\
      UNLISTEN *;
      SELECT pg_catalog.pg_advisory_unlock_all();
      DISCARD TEMP;
      SELECT pg_catalog.setseed(pg_catalog.date_part('microseconds', \
      pg_catalog.clock_timestamp())::pg_catalog.int4 %% 1000003 / 1000003.0::pg_catalog.float8);
      """;

  /**
   * The statements that put the session back after that effect; empty if nothing has to be. The
   * search path and the timeouts are lost with it.
   */
  public String restoredAfter(SessionEffect effect) {
    return switch (effect) {
      case NONE -> "";
      case ROWS -> ROWS.formatted(ownSettings());
      case SESSION, PROCESS -> ALL.formatted(ownSettings(), ownBackend ? "DEALLOCATE ALL;\n" : "");
    };
  }

  /** The settings of the session beside the defaults. */
  public String ownSettings() {
    return (isoDates ? "" : "SET DateStyle = ISO;\n") + (peerWatched ? PeerWatch.STATEMENTS : "");
  }

  /** The statements before a migration's SQL of that effect, in a transaction. */
  public String beforeMigration(SessionEffect effect) {
    return (effect == SessionEffect.NONE ? "" : SEQUENCES)
        + (isoDates ? "" : "SET LOCAL DateStyle TO DEFAULT;\n");
  }

  /** The statements before a migration in Java: the driver has to read its results. */
  public String beforeJava() {
    return SEQUENCES;
  }

  /** The same for statements that have transactions of their own. */
  public String beforeStatements() {
    return SEQUENCES + (isoDates ? "" : "SET DateStyle TO DEFAULT;\n");
  }

  /** The statements behind it where the session isn't restored. */
  public String afterMigration() {
    return isoDates ? "" : "SET LOCAL DateStyle = ISO;\n";
  }
}
