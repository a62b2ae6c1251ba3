package dev.tenantgate.migrator.verify;

import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import dev.tenantgate.migrator.sql.StatementTokens;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;

/** The schemas that migrations make beside the one that they are applied to. Stateless. */
final class SchemasMade {

  private SchemasMade() {}

  /** The names in their {@code CREATE SCHEMA} statements. */
  static SortedSet<String> by(Collection<Migration> migrations) {
    SortedSet<String> names = new TreeSet<>();
    for (Migration migration : migrations) {
      if (migration.up() instanceof SqlPart part) {
        SqlScript.<RuntimeException>each(
            part.sql(), statement -> addName(part.sql(), statement, names));
      }
    }
    return names;
  }

  private static void addName(String sql, SqlStatement statement, SortedSet<String> names) {
    if (statement.startsWith("CREATE", "SCHEMA")) {
      StatementTokens tokens = StatementTokens.of(sql, statement);
      int at = tokens.has(2, "IF", "NOT", "EXISTS") ? 5 : 2;
      String name = tokens.at(at).name();
      if (name != null && !tokens.at(at).is("AUTHORIZATION")) {
        names.add(name);
      }
    }
  }
}
