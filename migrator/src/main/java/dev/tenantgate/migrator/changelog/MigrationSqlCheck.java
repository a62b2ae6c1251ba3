package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.sql.OwnTransaction;
import dev.tenantgate.migrator.sql.SessionEffect;
import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import dev.tenantgate.migrator.sql.StatementEffect;
import dev.tenantgate.migrator.sql.StatementTokens;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure that a migration's statements stay within the one transaction that they are applied
 * in. It takes out plain BEGINs and COMMITs in pairs. It refuses any other transaction control, and
 * whatever would change how the connection is understood. A statement that can't run in a
 * transaction has all of its part committed statement by statement; where others stand beside it,
 * the migration has to ask for that.
 *
 * <p>Savepoints are refused too: the first error ends a migration, so that they would serve
 * nothing, and several migrations of a schema share one transaction, so that they could undo
 * another's.
 */
final class MigrationSqlCheck {

  private MigrationSqlCheck() {}

  /** Checks statements; what is wrong is added to the problems. */
  static SqlPart check(
      String text,
      LineMap lines,
      Directives directives,
      Path file,
      Placeholders placeholders,
      List<ChangelogProblem> problems) {
    return check(text, lines, directives, file, placeholders, null, problems);
  }

  /**
   * Checks statements, which may be a dump.
   *
   * @param dump what a dump is adapted to; null where none is
   * @param problems takes what is wrong
   */
  static SqlPart check(
      String text,
      LineMap lines,
      Directives directives,
      Path file,
      Placeholders placeholders,
      @Nullable PgDump dump,
      List<ChangelogProblem> problems) {
    SplicedText spliced =
        dump != null && PgDump.isOne(text)
            ? dump.adapted(text, lines, file, problems)
            : placeholders.resolve(text, lines, file, problems);
    String sql = spliced.text();
    Survey survey = new Survey(sql);
    SqlScript.Defect defect = SqlScript.<RuntimeException>each(sql, survey::take);
    boolean paired = pairUp(survey.transactions);
    if (paired) {
      warnOfSeveral(survey, lines, file, problems);
    }
    boolean transactional = !directives.noTransaction() && !survey.ownTransaction;
    boolean mixed = !transactional && !directives.noTransaction() && !survey.allMayStandAlone;
    SqlScript.<RuntimeException>each(
        sql,
        statement -> {
          // Its counterpart may stand behind the text that isn't closed.
          boolean takenOut = (paired || defect != null) && isPlainControl(statement);
          String refusal = takenOut ? null : refusal(statement, sql, transactional, mixed);
          if (refusal != null) {
            problems.add(error(file, lines.of(statement.line()), refusal));
          }
        });
    if (defect != null) {
      problems.add(error(file, lines.of(defect.line()), defect.message()));
    }
    String body = paired ? blanked(sql, survey.transactions) : sql;
    boolean plain = transactional && (paired || survey.transactions.isEmpty());
    SessionEffect effect = plain ? survey.effect : survey.effect.or(SessionEffect.SESSION);
    return new SqlPart(body, lines, effect, directives, file, transactional, spliced.splices());
  }

  private static ChangelogProblem error(Path file, int line, String message) {
    return new ChangelogProblem(Severity.ERROR, file, line, message);
  }

  /** The statements together; of those that control transactions, which. */
  private static final class Survey {

    private final List<SqlStatement> transactions = new ArrayList<>();
    private @Nullable SqlStatement first;
    private @Nullable SqlStatement last;
    private boolean ownTransaction;
    private boolean allMayStandAlone = true;
    private SessionEffect effect = SessionEffect.NONE;
    private final String sql;

    Survey(String sql) {
      this.sql = sql;
    }

    void take(SqlStatement statement) {
      first = first == null ? statement : first;
      last = statement;
      if (isPlainControl(statement)) {
        transactions.add(statement);
      } else {
        ownTransaction |= OwnTransaction.isNeededBy(statement);
        allMayStandAlone &= mayStandAlone(statement);
        effect = effect.or(StatementEffect.of(sql, statement));
      }
    }
  }

  /** Whether there is nothing to run in it. */
  static boolean isEmpty(SqlPart part) {
    return SqlScript.isEmpty(part.sql());
  }

  private static boolean isPlainControl(SqlStatement statement) {
    return isPlain(statement, "BEGIN", "START") || isPlain(statement, "COMMIT", "END");
  }

  /** Whether each BEGIN has its COMMIT before the next one, so that they can all be left out. */
  private static boolean pairUp(List<SqlStatement> transactions) {
    for (int i = 0; i < transactions.size(); i++) {
      boolean begins = isPlain(transactions.get(i), "BEGIN", "START");
      if (begins != (i % 2 == 0)) {
        return false;
      }
    }
    return transactions.size() % 2 == 0;
  }

  private static void warnOfSeveral(
      Survey survey, LineMap lines, Path file, List<ChangelogProblem> problems) {
    List<SqlStatement> transactions = survey.transactions;
    SqlStatement first = survey.first;
    SqlStatement last = survey.last;
    if (transactions.isEmpty() || first == null || last == null) {
      return;
    }
    boolean begins = first.start() == transactions.get(0).start();
    boolean ends = last.start() == transactions.get(1).start();
    if (!begins || !ends) {
      SqlStatement odd = transactions.get(begins ? 1 : 0);
      problems.add(
          new ChangelogProblem(
              Severity.WARNING,
              file,
              lines.of(odd.line()),
              "a migration is one transaction: BEGIN and COMMIT are left out here, all of the file"
                  + " is applied or nothing",
              LintRule.TRANSACTION_CONTROL));
    }
  }

  /** A BEGIN or COMMIT without options: alone, or with WORK or TRANSACTION. */
  private static boolean isPlain(SqlStatement statement, String verb, String otherVerb) {
    String first = statement.word(0);
    String second = statement.word(1);
    boolean transaction = second.equals("TRANSACTION");
    if (statement.tokens() == 1) {
      return (first.equals(verb) || first.equals(otherVerb)) && !first.equals("START");
    }
    return statement.tokens() == 2
        && ((first.equals("START") && transaction)
            || ((first.equals(verb) || first.equals(otherVerb))
                && !first.equals("START")
                && (transaction || second.equals("WORK"))));
  }

  private static String blanked(String sql, List<SqlStatement> statements) {
    if (statements.isEmpty()) {
      return sql;
    }
    StringBuilder blank = new StringBuilder(sql);
    for (SqlStatement statement : statements) {
      for (int i = statement.start(); i < statement.end(); i++) {
        if (blank.charAt(i) != '\n' && blank.charAt(i) != '\r') {
          blank.setCharAt(i, ' ');
        }
      }
    }
    return blank.toString();
  }

  /** Whether it loses nothing by being committed without what stands around it. */
  private static boolean mayStandAlone(SqlStatement statement) {
    return OwnTransaction.isNeededBy(statement)
        || isOneOf(statement.word(0), "SET", "RESET", "ANALYZE");
  }

  private static @Nullable String refusal(
      SqlStatement statement, String sql, boolean transactional, boolean mixed) {
    if (isTransactionControl(statement)) {
      return "%s would leave the transaction that the migration is applied in; take it out"
              .formatted(describe(statement))
          + " (one BEGIN … COMMIT around the whole migration is fine)";
    }
    if (statement.startsWith("DISCARD", "ALL")) {
      return "DISCARD ALL would take the migration's search path from it; take it out";
    }
    if (mixed && OwnTransaction.isNeededBy(statement)) {
      return "%s can't run in a transaction, other statements of this file want to; "
              .formatted(describe(statement))
          + "give it a file of its own, or say \"-- tenantgate: no-transaction\" at the head: then"
          + " each statement is committed by itself";
    }
    if (!transactional && statement.startsWith("SET", "LOCAL")) {
      return "SET LOCAL ends with its transaction, and this migration's statements share none;"
          + " use SET";
    }
    if (statement.word(0).equals("COPY") && readsFromClient(StatementTokens.of(sql, statement))) {
      return "COPY from the client can't be used in a migration; use INSERT";
    }
    return changedLexing(statement, sql);
  }

  private static boolean isTransactionControl(SqlStatement statement) {
    return switch (statement.word(0)) {
      case "BEGIN", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE" -> true;
      case "START", "PREPARE" -> statement.word(1).equals("TRANSACTION");
      case "SET" ->
          statement.word(1).equals("TRANSACTION")
              || statement.startsWith("SET", "LOCAL", "TRANSACTION")
              || statement.startsWith("SET", "SESSION", "CHARACTERISTICS");
      default -> false;
    };
  }

  /** However many columns it names before it says so. */
  private static boolean readsFromClient(StatementTokens copy) {
    for (int i = 1; i < copy.size(); i++) {
      boolean client = copy.at(i).is("STDIN") || copy.at(i).is("STDOUT");
      if (client && copy.at(i - 1).is("FROM")) {
        return true;
      }
    }
    return false;
  }

  /** Settings that would change how later text or results are read on the connection. */
  private static @Nullable String changedLexing(SqlStatement statement, String sql) {
    if (!statement.word(0).equals("SET")) {
      return null;
    }
    String name = statement.word(isOneOf(statement.word(1), "LOCAL", "SESSION") ? 2 : 1);
    String text = sql.substring(statement.start(), statement.end()).toUpperCase(Locale.ROOT);
    String value = text.substring(text.indexOf(name) + name.length());
    return switch (name) {
      case "CLIENT_ENCODING", "NAMES" ->
          value.contains("UTF8") || value.contains("UTF-8") || value.contains("UNICODE")
              ? null
              : "a migration is sent in UTF-8; take this SET out";
      case "STANDARD_CONFORMING_STRINGS" ->
          value.contains("ON")
              ? null
              : "migrations are read with standard_conforming_strings on; use E'…' for escapes";
      default -> null;
    };
  }

  private static boolean isOneOf(String word, String... candidates) {
    for (String candidate : candidates) {
      if (word.equals(candidate)) {
        return true;
      }
    }
    return false;
  }

  /** The words that say what a statement is, for a message. */
  private static String describe(SqlStatement statement) {
    List<String> words = statement.words();
    int count = Math.min(words.size(), statement.startsWith("CREATE", "UNIQUE") ? 4 : 3);
    if (isOneOf(statement.word(0), "BEGIN", "COMMIT", "END", "ROLLBACK", "ABORT", "VACUUM")) {
      count = 1;
    }
    return String.join(" ", words.subList(0, count));
  }
}
