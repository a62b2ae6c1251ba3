package dev.tenantgate.migrator.sql;

import java.util.Set;

/**
 * Which statements PostgreSQL refuses to run inside of a transaction block, since they begin and
 * end transactions themselves. Stateless.
 */
public final class OwnTransaction {

  private static final Set<String> CLUSTER_WIDE = Set.of("DATABASE", "TABLESPACE", "SUBSCRIPTION");

  private OwnTransaction() {}

  /** Whether the statement can't run in a transaction, whatever else is in that. */
  public static boolean isNeededBy(SqlStatement statement) {
    return switch (statement.word(0)) {
      case "VACUUM" -> true;
      case "CREATE" -> buildsIndexConcurrently(statement) || isClusterWide(statement);
      case "DROP" ->
          statement.startsWith("DROP", "INDEX", "CONCURRENTLY") || isClusterWide(statement);
      case "REINDEX" ->
          statement.words().contains("CONCURRENTLY")
              || Set.of("DATABASE", "SYSTEM", "SCHEMA").contains(statement.word(1));
      case "ALTER" ->
          statement.startsWith("ALTER", "SYSTEM")
              || isConcurrentDetach(statement)
              || (statement.startsWith("ALTER", "DATABASE")
                  && statement.words().contains("TABLESPACE"));
      case "CLUSTER" -> statement.tokens() == 1;
      default -> false;
    };
  }

  /**
   * Whether the statement may end transactions of its own where it isn't in one: what it runs is
   * the server's, and may commit as it goes.
   */
  public static boolean isPossibleIn(SqlStatement statement) {
    return statement.word(0).equals("CALL") || statement.word(0).equals("DO");
  }

  /** Whether it is {@code CREATE [UNIQUE] INDEX CONCURRENTLY}. */
  public static boolean buildsIndexConcurrently(SqlStatement statement) {
    return statement.startsWith("CREATE", "INDEX", "CONCURRENTLY")
        || statement.startsWith("CREATE", "UNIQUE", "INDEX", "CONCURRENTLY");
  }

  /** Whether it is {@code ALTER TABLE … DETACH PARTITION … CONCURRENTLY}, or the end of one. */
  public static boolean isConcurrentDetach(SqlStatement statement) {
    return statement.startsWith("ALTER", "TABLE")
        && statement.words().contains("DETACH")
        && (statement.words().contains("CONCURRENTLY") || statement.words().contains("FINALIZE"));
  }

  private static boolean isClusterWide(SqlStatement statement) {
    return CLUSTER_WIDE.contains(statement.word(1));
  }
}
