package dev.tenantgate.migrator.sql;

import java.util.Set;

/**
 * The statements that PostgreSQL refuses to run inside of a transaction block, since they begin and
 * end transactions themselves. Stateless.
 */
public final class OwnTransaction {

  private static final Set<String> OFF = Set.of("FALSE", "OFF");

  private static final Set<String> CLUSTER_WIDE = Set.of("DATABASE", "TABLESPACE", "SUBSCRIPTION");

  private OwnTransaction() {}

  /** Whether the statement can't run in a transaction, whatever else is in that. */
  public static boolean isNeededBy(SqlStatement statement) {
    return switch (statement.word(0)) {
      case "VACUUM" -> true;
      case "CREATE" -> buildsIndexConcurrently(statement) || isClusterWide(statement);
      case "DROP" ->
          statement.startsWith("DROP", "INDEX", "CONCURRENTLY") || isClusterWide(statement);
      case "REINDEX" -> reindexes(statement);
      case "ALTER" ->
          statement.startsWith("ALTER", "SYSTEM")
              || isConcurrentDetach(statement)
              || refreshesSubscription(statement)
              || (statement.startsWith("ALTER", "DATABASE")
                  && statement.word(3).equals("SET")
                  && statement.word(4).equals("TABLESPACE"));
      case "CLUSTER" -> clustersAll(statement);
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
    return detaches(statement, "CONCURRENTLY") || finalizesDetachment(statement);
  }

  /** Whether it is {@code ALTER TABLE … DETACH PARTITION … FINALIZE}. */
  public static boolean finalizesDetachment(SqlStatement statement) {
    return detaches(statement, "FINALIZE");
  }

  /**
   * Whether it is {@code ALTER TABLE … DETACH PARTITION …} with that word in the end. Names may be
   * the same words: a name of n words has n - 1 dots, which are tokens and no words.
   */
  private static boolean detaches(SqlStatement statement, String how) {
    int last = statement.words().size() - 1;
    if (!statement.startsWith("ALTER", "TABLE") || !statement.word(last).equals(how)) {
      return false;
    }
    int name = statement.word(2).equals("IF") && statement.word(3).equals("EXISTS") ? 4 : 2;
    name += statement.word(name).equals("ONLY") ? 1 : 0;
    for (int verb = name + 1; verb <= name + 4; verb++) {
      if (statement.word(verb).equals("DETACH") && statement.word(verb + 1).equals("PARTITION")) {
        int partition = last - verb - 2;
        int dots = statement.tokens() - statement.words().size();
        return partition > 0 && dots == (verb - name - 1) + (partition - 1);
      }
    }
    return false;
  }

  /** The object's name stands behind the options. */
  private static boolean reindexes(SqlStatement statement) {
    int at = 1;
    boolean concurrently = false;
    if (statement.word(1).equals("(")) {
      while (at < statement.words().size() && !statement.word(at).equals(")")) {
        concurrently |=
            statement.word(at).equals("CONCURRENTLY") && !OFF.contains(statement.word(at + 1));
        at++;
      }
      at++;
    }
    return concurrently
        || Set.of("DATABASE", "SYSTEM", "SCHEMA").contains(statement.word(at))
        || statement.word(at + 1).equals("CONCURRENTLY");
  }

  private static boolean clustersAll(SqlStatement statement) {
    String last = statement.words().isEmpty() ? "" : statement.word(statement.words().size() - 1);
    return statement.tokens() == 1 || last.equals("VERBOSE") || last.equals(")");
  }

  private static boolean refreshesSubscription(SqlStatement statement) {
    return statement.startsWith("ALTER", "SUBSCRIPTION")
        && (statement.word(3).equals("REFRESH") || statement.word(4).equals("PUBLICATION"));
  }

  private static boolean isClusterWide(SqlStatement statement) {
    return CLUSTER_WIDE.contains(statement.word(1));
  }
}
