package dev.tenantgate.migrator.lint;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.changelog.LintRule;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import dev.tenantgate.migrator.sql.StatementTokens;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds statements of a tenant's migration about other schemas than its own. Only places are looked
 * at where a statement names a relation, so that {@code tenant_usage.id} in a condition is a
 * column.
 *
 * @param pattern what tenants' schemas are called
 * @param ofTenants the tables that migrations of tenants make, without schemas
 */
record SchemaRules(SchemaPattern pattern, Set<String> ofTenants) {

  /** A relation is named behind these. */
  private static final Set<String> BEFORE_RELATION = Set.of("FROM", "JOIN", "REFERENCES", "USING");

  /** Functions that have a FROM of their own between their parentheses. */
  private static final Set<String> OWN_FROM = Set.of("EXTRACT", "SUBSTRING", "TRIM", "OVERLAY");

  /** Checks one statement of a migration that is applied to tenants. */
  void check(LintedStatement statement, Findings findings) {
    QualifiedName target = statement.target();
    if (statement.is("CREATE", "SCHEMA") || statement.is("DROP", "SCHEMA")) {
      findings.add(
          LintRule.SCHEMA_NAME,
          statement.line(),
          "a tenant's migration runs once for every tenant, in the schema that is there already; "
              + statement.verb()
              + " SCHEMA belongs into a migration of public");
    } else if (target != null && target.schema() != null && !isTemporary(target)) {
      findings.add(
          LintRule.SCHEMA_NAME,
          target.line(),
          "%s is the same for every tenant, and this runs for each of them; write %s for the"
                  .formatted(target, target.name())
              + " tenant's own, or give the migration the scope public");
    }
    references(statement.tokens(), target, findings);
  }

  private static boolean isTemporary(QualifiedName name) {
    return "pg_temp".equals(name.schema());
  }

  private void references(
      StatementTokens tokens, @Nullable QualifiedName target, Findings findings) {
    for (int i = 0; i + 3 < tokens.size(); i++) {
      StatementTokens.Part word = tokens.at(i);
      if (word.kind() != Token.WORD
          || !BEFORE_RELATION.contains(word.text().toUpperCase(Locale.ROOT))
          || isOfFunction(tokens, i)) {
        continue;
      }
      int at = tokens.at(i + 1).is("ONLY") ? i + 2 : i + 1;
      QualifiedName name = QualifiedName.at(tokens, at);
      if (name == null || name.schema() == null || name.equals(target)) {
        continue;
      }
      if (isTenants(name.schema())) {
        findings.add(
            LintRule.SCHEMA_NAME,
            name.line(),
            "%s is one tenant's, whichever tenant this runs for; write %s"
                .formatted(name, name.name()));
      } else if (name.schema().equals("public") && ofTenants.contains(name.name())) {
        findings.add(
            LintRule.SCHEMA_NAME,
            name.line(),
            "%s isn't the table %s that each tenant has; write %s if that is meant"
                .formatted(name, name.name(), name.name()));
      }
    }
  }

  private boolean isTenants(String schema) {
    return !schema.equals("public")
        && !schema.startsWith("pg_")
        && !schema.equals("information_schema")
        // Of a pattern that is nothing but the tenant, any name would be one.
        && !(pattern.prefix() + pattern.suffix()).isEmpty()
        && pattern.tenantOf(schema).isPresent();
  }

  /** Whether a FROM is that of {@code extract(day FROM t)} or {@code IS DISTINCT FROM}. */
  private static boolean isOfFunction(StatementTokens tokens, int from) {
    if (tokens.at(from - 1).is("DISTINCT")) {
      return true;
    }
    int depth = 0;
    for (int i = from - 1; i >= 0; i--) {
      Token kind = tokens.at(i).kind();
      depth += kind == Token.CLOSE ? 1 : kind == Token.OPEN ? -1 : 0;
      if (depth < 0) {
        return OWN_FROM.contains(tokens.at(i - 1).text().toUpperCase(Locale.ROOT));
      }
    }
    return false;
  }

  /** Whether a statement changes the search path of what follows. */
  static boolean changesSearchPath(StatementTokens tokens) {
    if (tokens.at(0).is("SET")) {
      int at = tokens.at(1).is("LOCAL") || tokens.at(1).is("SESSION") ? 2 : 1;
      return tokens.at(at).is("SEARCH_PATH") || tokens.at(at).is("SCHEMA");
    }
    for (int i = 0; i + 2 < tokens.size(); i++) {
      if (tokens.at(i).is("SET_CONFIG")
          && tokens.at(i + 1).kind() == Token.OPEN
          && tokens.at(i + 2).text().equalsIgnoreCase("'search_path'")) {
        return true;
      }
    }
    return false;
  }
}
