package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.python.PythonSyntaxException;
import dev.tenantgate.migrator.python.PythonText;
import dev.tenantgate.migrator.python.PythonToken;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A migration in a Python file. Immutable.
 *
 * @param comments its comments, and the lines of its docstring that begin like one
 * @param summary the docstring's first line; empty if there is none
 * @param upgrade what {@code UPGRADE_SQL} is
 * @param downgrade what {@code DOWNGRADE_SQL} is; null if it isn't there, or is {@code None}
 */
record PythonMigration(
    List<MigrationHeader.Comment> comments, String summary, Sql upgrade, @Nullable Sql downgrade) {

  /** One of the two texts of SQL. */
  record Sql(PythonText text) {}

  PythonMigration {
    comments = List.copyOf(comments);
  }

  /**
   * Takes the literals and comments out of a file's tokens.
   *
   * @throws PythonSyntaxException if there is no {@code UPGRADE_SQL}, or it would take running the
   *     file to know what it is
   */
  static PythonMigration of(List<PythonToken> tokens) throws PythonSyntaxException {
    return new PythonModule(tokens).read();
  }
}
