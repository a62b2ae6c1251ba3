package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import dev.tenantgate.migrator.sql.StatementTokens;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Leaves out of a dump whatever isn't a schema's: the session's settings, the planner's statistics,
 * the schema itself, the database, what {@code --clean} drops before anything is made, the dumped
 * history. Refuses what can't be made once for each tenant. One pass over a text, confined to one
 * thread.
 */
final class PgDumpOmissions {

  /** The session's affair, not the dump's. */
  private static final Set<String> TIMEOUTS =
      Set.of(
          "STATEMENT_TIMEOUT",
          "LOCK_TIMEOUT",
          "TRANSACTION_TIMEOUT",
          "IDLE_IN_TRANSACTION_SESSION_TIMEOUT");

  /** There is one of each in a database, or in all of them. */
  private static final Set<String> OF_DATABASE =
      Set.of(
          "PUBLICATION", "SUBSCRIPTION", "EVENT", "SERVER", "ROLE", "USER", "TABLESPACE", "CAST");

  private static final Set<String> OF_LARGE_OBJECTS =
      Set.of("LO_CREATE", "LO_OPEN", "LOWRITE", "LO_CLOSE");

  private final String text;
  private final @Nullable String dumped;
  private final boolean forTenants;
  private final String history;
  private final LineMap lines;
  private final Path file;
  private final List<ChangelogProblem> problems;
  private final StringBuilder own;
  private boolean making;
  private boolean saidDatabase;
  private boolean saidHistory;
  private boolean saidLargeObjects;
  private boolean saidAuthorization;

  /**
   * Prepares a pass.
   *
   * @param dumped the schema that others take the place of; null where none is known
   * @param forTenants whether it is run for each tenant
   * @param history what the history is called
   */
  PgDumpOmissions(
      String text,
      @Nullable String dumped,
      boolean forTenants,
      String history,
      LineMap lines,
      Path file,
      List<ChangelogProblem> problems) {
    this.text = text;
    this.dumped = dumped;
    this.forTenants = forTenants;
    this.history = history;
    this.lines = lines;
    this.file = file;
    this.problems = problems;
    this.own = new StringBuilder(text);
  }

  /** The text without them; positions are kept. */
  String leaveOut() {
    SqlScript.<RuntimeException>each(text, this::take);
    return own.toString();
  }

  private void take(SqlStatement statement) {
    if (isSessions(statement) || isSchema(statement) || isDropped(statement)) {
      blank(statement);
    } else if (isDatabase(statement)) {
      blank(statement);
      if (!saidDatabase) {
        saidDatabase = true;
        warn(statement, "what the dump says of its database is left out (pg_dump --create)");
      }
    } else if (isHistory(statement)) {
      blank(statement);
      if (!saidHistory) {
        saidHistory = true;
        warn(
            statement,
            "the dump's own %s is left out: each schema's history stands there".formatted(history));
      }
    } else {
      making |= statement.word(0).equals("CREATE");
      refuse(statement);
    }
  }

  private boolean isSessions(SqlStatement statement) {
    boolean path =
        statement.startsWith("SELECT", "PG_CATALOG", "SET_CONFIG")
            && text.substring(statement.start(), statement.end()).contains("'search_path'");
    return path
        || isOurs(statement)
        || statement.startsWith("SET", "SESSION", "AUTHORIZATION", "DEFAULT")
        || statement.startsWith("SELECT", "FROM", "PG_CATALOG", "PG_RESTORE_RELATION_STATS")
        || statement.startsWith("SELECT", "FROM", "PG_CATALOG", "PG_RESTORE_ATTRIBUTE_STATS")
        || (statement.word(0).equals("SET") && TIMEOUTS.contains(statement.word(1)));
  }

  /** A setting that every connection of the migrator's has anyway. */
  private boolean isOurs(SqlStatement statement) {
    String said = text.substring(statement.start(), statement.end());
    return said.equals("SET client_encoding = 'UTF8'")
        || said.equals("SET standard_conforming_strings = on");
  }

  /** A tenant's schema itself is made elsewhere: its statements are left out. */
  private boolean isSchema(SqlStatement statement) {
    boolean comment = statement.startsWith("COMMENT", "ON", "SCHEMA");
    if (!comment && !statement.word(1).equals("SCHEMA")) {
      return false;
    }
    StatementTokens tokens = StatementTokens.of(text, statement);
    int at = comment ? 3 : 2;
    if (tokens.has(at, "IF", "EXISTS")) {
      at += 2;
    } else if (tokens.has(at, "IF", "NOT", "EXISTS")) {
      at += 3;
    }
    String plain = tokens.at(at).name();
    return plain != null && (plain.equals(dumped) || plain.equals("public"));
  }

  /** In a schema that is empty there is nothing of what the dump drops before it makes anything. */
  private boolean isDropped(SqlStatement statement) {
    if (making) {
      return false;
    }
    String verb = statement.word(0);
    // A view that needs a key is replaced by one that doesn't, so that this can be dropped.
    return (verb.equals("DROP") && !statement.word(1).equals("DATABASE"))
        || statement.startsWith("CREATE", "OR", "REPLACE", "VIEW")
        || (verb.equals("ALTER")
            && statement.word(1).equals("TABLE")
            && StatementTokens.of(text, statement).find(0, "DROP") >= 0);
  }

  private boolean isDatabase(SqlStatement statement) {
    String verb = statement.word(0);
    boolean granted = verb.equals("GRANT") || verb.equals("REVOKE");
    return statement.startsWith("COMMENT", "ON", "DATABASE")
        || (Set.of("CREATE", "ALTER", "DROP").contains(verb)
            && statement.word(1).equals("DATABASE"))
        || (granted && StatementTokens.of(text, statement).find(0, "ON", "DATABASE") >= 0);
  }

  private boolean isHistory(SqlStatement statement) {
    PgDumpNames.Name first = forTenants ? PgDumpNames.firstName(text, statement) : null;
    return first != null && first.schema().equals(dumped) && first.name().equals(history);
  }

  private void refuse(SqlStatement statement) {
    if (statement.startsWith("SET", "SESSION", "AUTHORIZATION")) {
      if (saidAuthorization) {
        return;
      }
      saidAuthorization = true;
      error(
          statement,
          "the dump changes who runs the rest of it; make it without"
              + " --use-set-session-authorization, with --no-owner where all is one owner's");
    } else if (forTenants) {
      refuseForTenants(statement);
    }
  }

  private void refuseForTenants(SqlStatement statement) {
    String kind = statement.word(1);
    boolean large =
        statement.startsWith("SELECT", "PG_CATALOG")
            && OF_LARGE_OBJECTS.contains(statement.word(2));
    if (large || statement.startsWith("ALTER", "LARGE", "OBJECT")) {
      if (!saidLargeObjects) {
        saidLargeObjects = true;
        error(
            statement,
            "large objects are the database's, and can't be made once for each tenant; dump without"
                + " them: pg_dump --no-blobs (--no-large-objects), or --schema");
      }
    } else if (statement.word(0).equals("CREATE") && OF_DATABASE.contains(kind)) {
      String named = kind.equals("EVENT") ? "EVENT TRIGGER" : kind;
      error(
          statement,
          ("this %s is the database's, and can't be made once for each tenant; dump a single"
                  + " schema: pg_dump --schema, or have it in a migration of scope public")
              .formatted(named));
    } else if (statement.startsWith("CREATE", "EXTENSION")) {
      StatementTokens tokens = StatementTokens.of(text, statement);
      int schema = tokens.find(0, "SCHEMA");
      String name = schema < 0 ? null : tokens.at(schema + 1).name();
      if (name != null && name.equals(dumped) && !name.equals("public")) {
        error(
            statement,
            "this extension stands in the dumped schema, and there can be but one of it; have it in"
                + " public: ALTER EXTENSION … SET SCHEMA public, then dump anew");
      }
    }
  }

  private void blank(SqlStatement statement) {
    for (int i = statement.start(); i < statement.end(); i++) {
      if (own.charAt(i) != '\n' && own.charAt(i) != '\r') {
        own.setCharAt(i, ' ');
      }
    }
  }

  private void warn(SqlStatement statement, String message) {
    add(Severity.WARNING, statement, message);
  }

  private void error(SqlStatement statement, String message) {
    add(Severity.ERROR, statement, message);
  }

  private void add(Severity severity, SqlStatement statement, String message) {
    problems.add(new ChangelogProblem(severity, file, lines.of(statement.line()), message));
  }
}
