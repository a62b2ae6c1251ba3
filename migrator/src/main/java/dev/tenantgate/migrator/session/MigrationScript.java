package dev.tenantgate.migrator.session;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Directives;
import dev.tenantgate.migrator.changelog.JavaPart;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.FreshSession;
import dev.tenantgate.migrator.connection.MessagePieces;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.connection.Trailer;
import dev.tenantgate.migrator.history.Adoptions;
import dev.tenantgate.migrator.history.Bookkeeping;
import dev.tenantgate.migrator.history.HistoryTable;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.sql.SessionEffect;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the transaction that changes a schema: {@code BEGIN}, what holds for the transaction, each
 * migration followed by its row in the history, the rest of the bookkeeping, {@code COMMIT}. It is
 * one message, unless migrations that are very long or written in Java stand between. Remembers
 * where each migration stands in it, so that an error's position leads to a line of a file.
 *
 * <p>Each migration begins under the same settings, whatever the one before it set: its schema
 * alone is in the search path (a migration never touches {@code public} by accident). Bookkeeping
 * runs with {@code pg_catalog} first, so that nothing in a schema can stand in for an operator or
 * type.
 *
 * <p>Confined to one thread.
 */
public final class MigrationScript {

  /** Where the time of a migration's start is kept while it runs, in seconds since 1970. */
  private static final String STARTED = "tenantgate.started";

  private static final String MILLIS =
      """
      LEAST((pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) \
      - NULLIF(pg_catalog.current_setting('%s', true), '')::double precision) * 1000, \
      2147483647)::integer\
      """
          .formatted(STARTED);

  private final SchemaRef schema;
  private final HistoryTable history;
  private final Bookkeeping bookkeeping;
  private final String by;
  private final FreshSession fresh;
  private String searchPath;
  private final Duration lockTimeout;
  private final Duration statementTimeout;
  private final List<Piece> pieces = new ArrayList<>();
  private StringBuilder sql = new StringBuilder();
  private List<Span> spans = new ArrayList<>();
  private boolean sharesLockTimeout;
  private int parts;
  private int openingLength;
  private @Nullable Version recorded;
  private @Nullable String takeRole;
  private @Nullable Piece sent;

  /** A message that is sent, or Java that is called, one after the other. */
  private sealed interface Piece {}

  private record Message(String sql, List<Span> spans) implements Piece {}

  private record Call(JavaPart part) implements Piece {}

  /**
   * A part so long that it is sent from where it stands, uncopied.
   *
   * @param part as it stands in its file
   * @param own as it is for the schema
   */
  private record Uncopied(SqlPart part, SqlPart own) implements Piece {}

  private record Span(int start, int end, SqlPart part, SqlPart own) {}

  /**
   * Where something stands.
   *
   * @param part what it is in
   * @param line the file's line, from 1; 0 if it isn't known
   */
  public record Place(MigrationPart part, int line) {}

  /**
   * Begins a transaction.
   *
   * @param history the statements about the history
   * @param bookkeeping writes the journal
   * @param by who changes the schema, for the journal
   * @param fresh how the session is before each migration
   */
  MigrationScript(
      SchemaRef schema,
      MigrationSettings settings,
      HistoryTable history,
      Bookkeeping bookkeeping,
      String by,
      FreshSession fresh) {
    this.history = history;
    this.bookkeeping = bookkeeping;
    this.fresh = fresh;
    this.schema = schema;
    this.by = by;
    this.searchPath = MigrationSearchPath.of(schema, settings);
    this.lockTimeout = settings.lockTimeout();
    this.statementTimeout = settings.statementTimeout();
    // The database or the role may default to another isolation, or to reading only.
    statement("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    timeouts();
    ownPath();
  }

  /**
   * Has what is run take another role.
   *
   * @param statement takes it, for the transaction; null if none is taken
   */
  MigrationScript asOwner(@Nullable String statement) {
    takeRole = statement;
    return this;
  }

  /** Has migrations find names in another path. */
  public MigrationScript findingNamesIn(String path) {
    searchPath = path;
    return this;
  }

  /** Has it sent behind another transaction, in the same message; before anything is added. */
  public MigrationScript openedBy(String transaction) {
    sql.insert(0, transaction);
    openingLength = transaction.length();
    return this;
  }

  /**
   * Whether an error stands in the transaction that it is sent behind. In messages of their own, as
   * of a migration that is very long or in Java, positions count from another beginning.
   */
  public boolean isOpeningAt(SqlFailure failure) {
    return failure.position() > 0
        && failure.position() <= openingLength
        && pieces.indexOf(sent) == 0;
  }

  /** Adds a statement of the bookkeeping. */
  public MigrationScript statement(String statement) {
    sql.append(statement).append(";\n");
    return this;
  }

  /**
   * Has the migrations share one lock timeout: while a later one waits, what an earlier one locked
   * keeps the application waiting too, and all of that together isn't to take longer.
   */
  public MigrationScript sharingLockTimeout() {
    sharesLockTimeout = true;
    return this;
  }

  /**
   * Adds a step: what it runs, its change of the history, its row in the journal.
   *
   * @param replaces whether the history has a failure of it, which a row takes the place of
   */
  public MigrationScript step(Step step, boolean replaces) {
    MigrationPart part = step.part();
    if (part != null) {
      run(part, statementTimeout);
    }
    return recorded(step, replaces, part == null ? "NULL" : millisOf(part));
  }

  /** How long a part took. Where the session was restored, the time of its start is gone. */
  private String millisOf(MigrationPart part) {
    if (part.effect() == SessionEffect.NONE) {
      return MILLIS;
    }
    Version before = recorded;
    String began =
        before == null
            ? "pg_catalog.timezone('UTC', pg_catalog.transaction_timestamp())"
            : history.recordedAt(schema, before);
    return """
    GREATEST(0, LEAST(pg_catalog.date_part('epoch', pg_catalog.timezone('UTC', \
    pg_catalog.clock_timestamp()) - %s) * 1000, 2147483647))::integer\
    """
        .formatted(began);
  }

  /**
   * Adds a step's change of the history and its row in the journal.
   *
   * @param millis an SQL expression for how long it took, in milliseconds
   */
  public MigrationScript recorded(Step step, boolean replaces, String millis) {
    statement(new StepRecord(history, schema, by).of(step, replaces, millis));
    boolean applies = step instanceof Step.Apply || step instanceof Step.FromCheckpoint;
    recorded = applies ? step.version() : null;
    return statement(
        bookkeeping.recordStep(schema, step.version(), step.name(), step.action(), by, millis));
  }

  /**
   * Adds what a step runs, and nothing that tells of it. A part that isn't transactional may run
   * here as long as one may wait for a lock, no longer.
   */
  public MigrationScript rehearse(Step step) {
    MigrationPart part = step.part();
    if (part != null) {
      run(part, part.transactional() ? statementTimeout : lockTimeout);
    }
    if (step instanceof Step.Adopt adopt) {
      rehearseAdoption(adopt);
    }
    return this;
  }

  /** Adds statements that are no step of the history, run as one. */
  public MigrationScript statements(MigrationPart part) {
    run(part, statementTimeout);
    return this;
  }

  /** Adds what a change of the history does, as far as it can be tried without the registry. */
  private void rehearseAdoption(Step.Adopt adopt) {
    Adoptions.takeOver(
            history, schema, adopt.old(), adopt.taken(), false, SqlFailure.HISTORY_CHANGED)
        .forEach(this::statement);
  }

  private void run(MigrationPart part, Duration longest) {
    statement(
        "SELECT pg_catalog.set_config('%s', %s, true)"
            .formatted(
                STARTED, "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())::text"));
    statement("SET LOCAL search_path = " + searchPath);
    Directives directives = part.directives();
    boolean shares = sharesLockTimeout && parts++ > 0;
    boolean ownTimeouts = hasTimeouts(directives) || !longest.equals(statementTimeout) || shares;
    if (ownTimeouts) {
      timeout("lock_timeout", directives.lockTimeout(), lockTimeout);
      timeout("statement_timeout", directives.statementTimeout(), longest);
    }
    if (shares) {
      restOfLockTimeout(directives.lockTimeout() == null ? lockTimeout : directives.lockTimeout());
    }
    append(part);
    if (part.effect() != SessionEffect.NONE || ownTimeouts) {
      timeouts();
    }
    ownPath();
  }

  /** Adds a part's statements, and those that put the session back. */
  private void append(MigrationPart part) {
    String role = takeRole;
    if (role != null) {
      statement(role);
    }
    if (part instanceof SqlPart text) {
      sql.append(fresh.beforeMigration(text.effect()));
      append(text, text.forSchema(schema));
    } else if (part instanceof JavaPart java) {
      sql.append(fresh.beforeJava());
      endMessage();
      pieces.add(new Call(java));
    }
    if (role != null) {
      statement(SchemaOwner.GIVE_BACK);
    }
    SessionEffect effect = part.effect();
    sql.append(effect == SessionEffect.NONE ? fresh.afterMigration() : fresh.restoredAfter(effect));
  }

  private void append(SqlPart part, SqlPart own) {
    if (own.sql().length() > MessagePieces.WHOLE) {
      endMessage();
      pieces.add(new Uncopied(part, own));
      return;
    }
    int start = sql.length();
    sql.append(own.inOneTransaction());
    spans.add(new Span(start, sql.length(), part, own));
    // The last line may be a comment, the last statement may lack its semicolon.
    sql.append("\n;\n");
  }

  /** The time of earlier ones is taken off it, where that is an eighth or more. */
  private void restOfLockTimeout(Duration whole) {
    if (!whole.isZero()) {
      String elapsed =
          "(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()"
              + " - pg_catalog.transaction_timestamp()) * 1000)::pg_catalog.int8";
      statement(
          """
          SELECT pg_catalog.set_config('lock_timeout', (CASE WHEN %2$s < %1$d / 8 THEN %1$d \
          ELSE GREATEST(1, %1$d - %2$s) END)::pg_catalog.text, true)\
          """
              .formatted(whole.toMillis(), elapsed));
    }
  }

  private void endMessage() {
    if (sql.length() > 0) {
      pieces.add(new Message(sql.toString(), List.copyOf(spans)));
      sql = new StringBuilder();
      spans = new ArrayList<>();
    }
  }

  /** The whole transaction. */
  public MigrationScript commit() {
    return statement("COMMIT");
  }

  /** The whole transaction, undone in the end. */
  public MigrationScript rollback() {
    return statement("ROLLBACK");
  }

  /**
   * Sends it, as far as it is written; an error leaves its transaction failed, and open.
   *
   * @param behind sent with the last message; null for nothing
   */
  void sendOver(WorkerSession session, @Nullable Trailer behind) throws SQLException {
    endMessage();
    for (int i = 0; i < pieces.size(); i++) {
      Piece piece = pieces.get(i);
      sent = piece;
      if (piece instanceof Message message) {
        session.send(message.sql, i == pieces.size() - 1 ? behind : null);
      } else if (piece instanceof Call call) {
        session.call(call.part, schema);
      } else if (piece instanceof Uncopied uncopied) {
        session.send(uncopied.own.inOneTransaction());
      }
    }
  }

  /** The place of an error; null if it stands in no migration, or isn't known to. */
  public @Nullable Place placeOf(SqlFailure failure) {
    if (sent instanceof Call call) {
      return new Place(call.part, 0);
    }
    if (sent instanceof Uncopied uncopied) {
      int index = index(uncopied.own.sql(), failure);
      return new Place(uncopied.part, index < 0 ? 0 : uncopied.own.lineAt(index));
    }
    return sent instanceof Message message ? placeIn(message, failure) : null;
  }

  private static @Nullable Place placeIn(Message message, SqlFailure failure) {
    int index = index(message.sql, failure);
    for (Span span : message.spans) {
      if (index >= span.start && index < span.end) {
        return new Place(span.part, span.own.lineAt(index - span.start));
      }
    }
    return null;
  }

  /** Where an error stands in a text; -1 if that isn't known. */
  private static int index(String text, SqlFailure failure) {
    return failure.position() < 1 || failure.position() > text.length()
        ? -1
        : text.offsetByCodePoints(0, failure.position() - 1);
  }

  private void ownPath() {
    statement("SET LOCAL search_path = pg_catalog, pg_temp");
  }

  private static boolean hasTimeouts(Directives directives) {
    return directives.lockTimeout() != null || directives.statementTimeout() != null;
  }

  private void timeouts() {
    timeout("lock_timeout", null, lockTimeout);
    timeout("statement_timeout", null, statementTimeout);
  }

  /** Where neither file nor settings say anything, it is what server, database and role say. */
  private void timeout(String setting, @Nullable Duration own, Duration standard) {
    boolean unsaid = own == null && standard.isZero();
    String value = unsaid ? "DEFAULT" : Long.toString((own == null ? standard : own).toMillis());
    statement("SET LOCAL %s TO %s".formatted(setting, value));
  }
}
