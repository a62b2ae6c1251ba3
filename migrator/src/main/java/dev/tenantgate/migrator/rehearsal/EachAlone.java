package dev.tenantgate.migrator.rehearsal;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.session.MigrationFailedException;
import dev.tenantgate.migrator.session.MigrationScript;
import dev.tenantgate.migrator.session.MigrationSearchPath;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs migrations that can't share a transaction, in a schema that nobody else uses yet. Each gets
 * a transaction of its own; a migration that can't be in one is run statement by statement.
 * Confined to one thread.
 */
public final class EachAlone {

  /**
   * Classes of SQLSTATEs, and SQLSTATEs, of what no sharing of a transaction is at fault for: wrong
   * syntax and names, missing rights, wrong values, and what code raises by itself.
   */
  private static final Set<String> CLASSES = Set.of("22", "28", "3D", "3F", "42", "P0");

  /** Of class 42 all the same: something is there already, which an earlier migration has made. */
  private static final Set<String> DUPLICATES =
      Set.of("42P03", "42P05", "42P06", "42P07", "42701", "42710", "42723");

  private final Sessions sessions;
  private final WorkerSession session;
  private final SchemaRef schema;
  private final @Nullable String guard;

  /**
   * Makes one.
   *
   * @param guard a statement that ends each transaction, and may fail it; null if none does
   */
  public EachAlone(
      Sessions sessions, WorkerSession session, SchemaRef schema, @Nullable String guard) {
    this.sessions = sessions;
    this.session = session;
    this.schema = schema;
    this.guard = guard;
  }

  /**
   * Whether what failed in a transaction with others may succeed in one of its own: a new value of
   * an enum is used, a deferred constraint has work to do, a temporary table is still there, the
   * lock table is full, two rows have the transaction's time.
   */
  public static boolean mayHelp(SqlFailure failure) {
    String state = failure.sqlState();
    return failure.kind() == SqlFailure.Kind.STATEMENT
        && state != null
        && state.length() == 5
        && (DUPLICATES.contains(state) || !CLASSES.contains(state.substring(0, 2)));
  }

  /**
   * Runs a migration, or a file of seed data.
   *
   * @throws MigrationFailedException if it fails, with the place
   * @throws SQLException if the connection is lost
   */
  public void run(MigrationPart part) throws SQLException, MigrationFailedException {
    try {
      if (part instanceof SqlPart text && !part.transactional()) {
        runStatements(text);
      } else {
        send(sessions.script(schema).statements(part));
      }
    } finally {
      session.restoreAfter(part.effect());
    }
  }

  /** The same, with the part's file in the error whether or not the server says where. */
  public void runNaming(MigrationPart part) throws SQLException, MigrationFailedException {
    try {
      run(part);
    } catch (MigrationFailedException e) {
      throw e.isPlaced() ? e : e.in(part);
    }
  }

  /** Sends a transaction, again if somebody was in the way. */
  public void send(MigrationScript script) throws SQLException, MigrationFailedException {
    if (guard != null) {
      script.statement(guard);
    }
    script.commit();
    for (int tries = 1; ; tries++) {
      try {
        session.send(script);
        return;
      } catch (SQLException e) {
        SqlFailure failure = session.failure(e);
        if (failure.isLoss()) {
          throw e;
        }
        session.abandonTransaction();
        boolean again =
            failure.kind() == SqlFailure.Kind.RETRY && tries < sessions.retries().maxTries();
        if (!again || !pause(sessions.retries().delay(tries))) {
          throw MigrationFailedException.of(session, failure, script.placeOf(failure));
        }
      }
    }
  }

  /** Without the word CONCURRENTLY, which would wait for all that is older in the database. */
  private void runStatements(SqlPart template) throws SQLException, MigrationFailedException {
    SqlPart part = template.forSchema(schema);
    String sql = part.inOneTransaction();
    session.send(
        session.fresh().beforeStatements()
            + "SET search_path = "
            + MigrationSearchPath.of(schema, sessions.settings()));
    for (SqlStatement statement : SqlScript.scan(sql).statements()) {
      String text = sql.substring(statement.start(), statement.end());
      boolean guarded = guard != null && !text.isBlank();
      try {
        session.send(guarded ? "BEGIN;\n%s\n;%s;\nCOMMIT".formatted(text, guard) : text);
      } catch (SQLException e) {
        SqlFailure failure = session.failure(e);
        if (failure.isLoss()) {
          throw e;
        }
        session.abandonTransaction();
        throw MigrationFailedException.of(
            session, failure, new MigrationScript.Place(template, part.lineAt(statement.start())));
      }
    }
  }

  public static boolean pause(Duration delay) {
    try {
      Thread.sleep(delay.toMillis());
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
