package dev.tenantgate.migrator.session;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.JavaPart;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.connection.Blocker;
import dev.tenantgate.migrator.connection.FreshSession;
import dev.tenantgate.migrator.connection.MessagePieces;
import dev.tenantgate.migrator.connection.Results;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.connection.SimpleQuery;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.connection.Trailer;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.sql.SessionEffect;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A borrowed connection while one schema is worked on: sends messages, and leaves the session
 * behind as it was found, or says that it can't. Confined to one thread, but for its {@link
 * RunControl}.
 */
public final class WorkerSession {

  private static final Logger LOG = LoggerFactory.getLogger(WorkerSession.class);

  /** From here on a message has to be the only one of its size, in characters. */
  private static final int LARGE = 4 << 20;

  /** Held while a large message is sent; the memory is the process's. */
  private static final Semaphore TURN = new Semaphore(1, true);

  private final Connection connection;
  private final FreshSession fresh;
  private final RunControl control;
  private boolean clean = true;
  private boolean spent;
  private @Nullable Watching watching;
  private volatile List<Blocker> blockers = List.of();

  /** The last of what the last message brought. */
  private final List<String> notices = new ArrayList<>();

  /** The watch that tells of those in the way. */
  private record Watching(
      LockWatch watch,
      SchemaRef schema,
      int backend,
      Duration lockTimeout,
      Consumer<List<Blocker>> told) {}

  /**
   * Takes a connection.
   *
   * @param fresh how its session is before each migration
   */
  WorkerSession(Connection connection, FreshSession fresh, RunControl control) {
    this.connection = connection;
    this.fresh = fresh;
    this.control = control;
  }

  /** How the session is before each migration. */
  public FreshSession fresh() {
    return fresh;
  }

  public Connection connection() {
    return connection;
  }

  /**
   * Has it looked who is in the way of a message that isn't answered soon.
   *
   * @param schema the one that is migrated
   * @param backend its process at the server
   * @param lockTimeout how long its statements wait for a lock
   * @param told what is told of them
   */
  public WorkerSession watchedBy(
      LockWatch watch,
      SchemaRef schema,
      int backend,
      Duration lockTimeout,
      Consumer<List<Blocker>> told) {
    watching = new Watching(watch, schema, backend, lockTimeout, told);
    return this;
  }

  /** Sends a transaction, as far as it is written. */
  public void send(MigrationScript script) throws SQLException {
    script.sendOver(this, null);
  }

  /**
   * Sends a whole transaction, and a message right behind it.
   *
   * @param behind nothing is told to it where it couldn't be sent so
   */
  public void send(MigrationScript script, Trailer behind) throws SQLException {
    script.sendOver(this, behind);
  }

  /** Runs what was written in Java, in the transaction that is open. */
  void call(JavaPart part, SchemaRef schema) throws SQLException {
    watched(() -> JavaMigrationCall.run(part, schema, connection, control));
  }

  /**
   * Sends statements as one simple-query message, or, if there are very many, as a few; and takes
   * in all their results.
   */
  public void send(String message) throws SQLException {
    watched(() -> sendUnwatched(message));
  }

  /** The same, with a message right behind it; not where this one is sent as several. */
  void send(String message, @Nullable Trailer behind) throws SQLException {
    if (behind != null
        && message.length() <= MessagePieces.WHOLE
        && SimpleQuery.isPossible(connection)) {
      watched(() -> sendPiece(message, behind));
    } else {
      send(message);
    }
  }

  /** Something that talks to the server. */
  public interface Talk {
    void run() throws SQLException;
  }

  private void watched(Talk talk) throws SQLException {
    Watching whom = watching;
    if (whom == null) {
      talk.run();
      return;
    }
    blockers = List.of();
    LockWatch.Watch watch = whom.watch.over(whom.schema, whom.backend, whom.lockTimeout, whom.told);
    try (watch) {
      talk.run();
    } catch (SQLException e) {
      blockers = watch.seen();
      throw e;
    }
  }

  /** The failure that an error is; of a lock that wasn't to be had, with those who had it. */
  public SqlFailure failure(SQLException error) {
    SqlFailure failure = SqlFailure.of(error, connection).after(notices);
    return switch (failure.kind()) {
      case RETRY, CANCELLED -> failure.blockedBy(blockers);
      case CONNECTION, SESSION_TIMEOUT -> {
        broken();
        yield failure;
      }
      case LEASE_LOST, OUTDATED, STATEMENT -> failure;
    };
  }

  private void sendUnwatched(String message) throws SQLException {
    MessagePieces.send(
        message,
        piece -> {
          try {
            sendInTurn(piece.text());
          } catch (SQLException e) {
            throw piece.placed(e);
          }
        });
  }

  /** The driver encodes a message as a whole: large ones of several schemas follow one another. */
  private void sendInTurn(String message) throws SQLException {
    if (message.length() < LARGE) {
      sendPiece(message, null);
      return;
    }
    TURN.acquireUninterruptibly();
    try {
      sendPiece(message, null);
    } finally {
      TURN.release();
    }
  }

  private void sendPiece(String message, @Nullable Trailer behind) throws SQLException {
    notices.clear();
    if (SimpleQuery.isPossible(connection)) {
      control.run(
          connection.unwrap(PGConnection.class)::cancelQuery,
          () -> {
            SimpleQuery.send(connection, message, behind, notices);
            return true;
          });
    } else {
      sendByDriver(message);
    }
  }

  /** Over a driver that keeps its stream to itself, and all notices as long as a message runs. */
  private void sendByDriver(String message) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.setMaxRows(1);
      control.run(
          statement,
          sent -> {
            boolean rows = sent.execute(message);
            while (rows || sent.getUpdateCount() != -1) {
              rows = sent.getMoreResults();
            }
            return true;
          });
    }
  }

  /** Reads a message's result sets. */
  public interface Reading<T> {
    T read(Results results) throws SQLException;
  }

  /** Sends statements as one simple-query message, and reads result sets of it. */
  public <T> T query(String message, Reading<T> reading) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      return control.run(statement, sent -> reading.read(Results.of(sent, message)));
    }
  }

  /** Whether the first result has no row. */
  public static boolean isEmpty(Results results) throws SQLException {
    try (ResultSet rows = results.next()) {
      return !rows.next();
    }
  }

  /** Does what may fail without changing the outcome; the connection isn't clean then. */
  public void carefully(Talk talk) {
    try {
      talk.run();
    } catch (SQLException e) {
      LOG.atDebug().setCause(e).log("a connection couldn't be put in order");
      abandonTransaction();
      clean = false;
    }
  }

  /** Ends a failed transaction, if there is one. */
  public void rollback() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("ROLLBACK");
    } catch (SQLException e) {
      clean = false;
      throw e;
    }
  }

  /** Ends a failed transaction; where that fails, the connection isn't clean any more. */
  public void abandonTransaction() {
    try {
      rollback();
    } catch (SQLException e) {
      clean = false;
    }
  }

  /**
   * Notes what a transaction that was committed may have left: it has put back what it could, and
   * the rest ends with the backend.
   */
  public void committed(SessionEffect effect) {
    spent |= effect == SessionEffect.PROCESS;
  }

  /** After statements whose transaction was rolled back, or that had none. */
  public void restoreAfter(SessionEffect effect) {
    committed(effect);
    if (effect != SessionEffect.NONE) {
      restore();
    }
  }

  /** Whether a migration may not begin over it any more. */
  public boolean isSpent() {
    return spent;
  }

  /** The effect on the session of several steps together. */
  public static SessionEffect effectOf(List<? extends Step> steps) {
    SessionEffect effect = SessionEffect.NONE;
    for (Step step : steps) {
      MigrationPart part = step.part();
      effect = part == null ? effect : effect.or(part.effect());
    }
    return effect;
  }

  /** Puts the session back to how it began. */
  private void restore() {
    if (!fresh.ownBackend()) {
      clean = false; // who knows whose session it would be
      return;
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("DISCARD ALL");
      String own = fresh.ownSettings();
      if (!own.isEmpty()) {
        statement.execute(own);
      }
    } catch (SQLException e) {
      clean = false;
    }
  }

  /** Notes that the connection is of no more use. */
  public void broken() {
    clean = false;
  }

  /** Whether another schema may be worked on over it. A late cancel request mustn't reach that. */
  public boolean isClean() {
    return clean && !spent && !control.isCancelled();
  }
}
