package dev.tenantgate.migrator.lint;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.changelog.LintRule;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.changelog.MigrationScope;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.StatementTokens;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Looks through migrations for statements that are valid and unwise: that block the application
 * while a table is read or rewritten, that break the release which still runs, or that aren't about
 * the tenant's own schema. Objects that a migration makes itself have no rows and no users, and may
 * be changed in any way. Bodies of functions aren't looked into. Confined to one thread.
 */
public final class MigrationLint {

  private final SchemaRules schemaRules;
  private final List<ChangelogProblem> found = new ArrayList<>();

  private MigrationLint(SchemaRules schemaRules) {
    this.schemaRules = schemaRules;
  }

  /**
   * Looks through migrations; those of a changelog, so that it is known what tenants have.
   *
   * @param pattern what tenants' schemas are called
   * @return warnings, in the order of the migrations
   */
  public static List<ChangelogProblem> check(List<Migration> migrations, SchemaPattern pattern) {
    Set<String> ofTenants = new HashSet<>();
    Set<String> ofPublic = new HashSet<>();
    for (Migration migration : migrations) {
      Set<String> made = migration.scope() == MigrationScope.TENANT ? ofTenants : ofPublic;
      each(
          migration.up(),
          statement -> {
            QualifiedName table = statement.createdTable();
            if (table != null) {
              made.add(table.name());
            }
          });
    }
    ofTenants.removeAll(ofPublic);
    MigrationLint lint = new MigrationLint(new SchemaRules(pattern, ofTenants));
    migrations.forEach(lint::check);
    return List.copyOf(lint.found);
  }

  private void check(Migration migration) {
    Set<String> made = new HashSet<>();
    Findings findings = findings(migration, migration.up());
    each(
        migration.up(),
        statement -> {
          statement(statement, made, findings);
          aboutSchemas(statement, migration, findings);
          aboutKills(statement, migration.up(), findings);
        });
    MigrationPart down = migration.down();
    if (down != null) {
      Findings ofDown = findings(migration, down);
      each(
          down,
          statement -> {
            aboutSchemas(statement, migration, ofDown);
            aboutKills(statement, down, ofDown);
          });
    }
  }

  private void aboutSchemas(LintedStatement statement, Migration migration, Findings findings) {
    if (migration.scope() != MigrationScope.PUBLIC) {
      schemaRules.check(statement, findings);
    }
    if (SchemaRules.changesSearchPath(statement.tokens())) {
      findings.add(
          LintRule.SEARCH_PATH,
          statement.line(),
          "a migration's search path is the schema that it is applied to; with another one, what"
              + " follows happens somewhere else");
    }
  }

  private static void aboutKills(LintedStatement statement, MigrationPart part, Findings findings) {
    boolean mayCommit = statement.verb().equals("CALL") || statement.verb().equals("DO");
    if (mayCommit && !part.transactional()) {
      findings.add(
          LintRule.AT_LEAST_ONCE,
          statement.line(),
          "a run that is killed behind this %s and before that is on record runs it again; write it"
                  .formatted(statement.verb())
              + " so that a second time does no harm, or leave out no-transaction if it commits"
              + " nothing itself");
    }
  }

  private static void statement(LintedStatement statement, Set<String> made, Findings findings) {
    QualifiedName created = statement.createdTable();
    if (created != null) {
      made.add(created.key());
      return;
    }
    if (statement.is("DROP", "TABLE")) {
      statement.dropped().stream()
          .filter(table -> !made.contains(table.key()))
          .forEach(table -> droppedTable(table, findings));
      return;
    }
    QualifiedName target = statement.target();
    if (target == null || made.contains(target.key())) {
      return;
    }
    if (statement.is("CREATE", "INDEX")) {
      index(statement, target, findings);
    } else if (statement.is("ALTER", "TABLE") || statement.is("ALTER", "VIEW")) {
      AlterTableRules.check(statement, target.key(), findings);
    }
  }

  private static void droppedTable(QualifiedName table, Findings findings) {
    findings.add(
        LintRule.DROP_TABLE,
        table.line(),
        "the application that runs may still use %s, and what is in it is lost; drop it in a"
                .formatted(table)
            + " release after the last that uses it");
  }

  private static void index(LintedStatement statement, QualifiedName table, Findings findings) {
    StatementTokens tokens = statement.tokens();
    int on = tokens.find(1, "ON");
    if (tokens.find(1, "CONCURRENTLY") < 0 && !tokens.at(on + 1).is("ONLY")) {
      findings.add(
          LintRule.INDEX_NOT_CONCURRENT,
          statement.line(),
          "nobody can write to %s while this index is built; build it CONCURRENTLY, in a migration"
                  .formatted(table)
              + " of its own that says -- tenantgate: no-transaction");
    }
  }

  private Findings findings(Migration migration, MigrationPart part) {
    return (rule, line, message) -> {
      if (!part.directives().ignored().contains(rule)) {
        found.add(
            new ChangelogProblem(
                Severity.WARNING,
                part.file().toString().isEmpty() ? migration.source() : part.file(),
                part instanceof SqlPart text ? text.lines().of(line) : line,
                message,
                rule));
      }
    };
  }

  /** One after the other: of a large file, not all tokens are there at once. */
  private static void each(MigrationPart any, Consumer<LintedStatement> check) {
    if (!(any instanceof SqlPart part)) {
      return;
    }
    SqlScript.each(
        part.sql(),
        statement -> check.accept(LintedStatement.of(StatementTokens.of(part.sql(), statement))));
  }
}
