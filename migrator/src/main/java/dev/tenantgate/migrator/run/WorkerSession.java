package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.JavaPart;
import dev.tenantgate.migrator.connection.SimpleQuery;
import dev.tenantgate.migrator.plan.Step;
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
final class WorkerSession {

  private static final Logger LOG = LoggerFactory.getLogger(WorkerSession.class);

  /** From here on a message has to be the only one of its size, in characters. */
  private static final int LARGE = 4 << 20;

  /** Held while a large message is sent; the memory is the process's. */
  private static final Semaphore TURN = new Semaphore(1, true);

  private final Connection connection;
  private final RunControl control;
  private boolean clean = true;
  private @Nullable Watching watching;
  private volatile List<Blocker> blockers = List.of();

  /** The last of what the last message brought. */
  private final List<String> notices = new ArrayList<>();

  /** Who is to be told of those in the way. */
  private record Watching(
      LockWatch watch,
      SchemaRef schema,
      int backend,
      Duration lockTimeout,
      Consumer<List<Blocker>> told) {}

  WorkerSession(Connection connection, RunControl control) {
    this.connection = connection;
    this.control = control;
  }

  Connection connection() {
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
  WorkerSession watchedBy(
      LockWatch watch,
      SchemaRef schema,
      int backend,
      Duration lockTimeout,
      Consumer<List<Blocker>> told) {
    watching = new Watching(watch, schema, backend, lockTimeout, told);
    return this;
  }

  /** Sends a transaction, as far as it is written. */
  void send(MigrationScript script) throws SQLException {
    script.sendOver(this);
  }

  /** Runs what was written in Java, in the transaction that is open. */
  void call(JavaPart part, SchemaRef schema) throws SQLException {
    watched(() -> JavaMigrationCall.run(part, schema, connection, control));
  }

  /**
   * Sends statements as one simple-query message, or, if there are very many, as a few; and takes
   * in all their results.
   */
  void send(String message) throws SQLException {
    watched(() -> sendUnwatched(message));
  }

  /** Something that talks to the server. */
  interface Talk {
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

  /** What an error means; of a lock that wasn't to be had, with those who had it. */
  SqlFailure failure(SQLException error) {
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
      sendPiece(message);
      return;
    }
    TURN.acquireUninterruptibly();
    try {
      sendPiece(message);
    } finally {
      TURN.release();
    }
  }

  private void sendPiece(String message) throws SQLException {
    notices.clear();
    if (SimpleQuery.isPossible(connection)) {
      control.run(
          connection.unwrap(PGConnection.class)::cancelQuery,
          () -> {
            SimpleQuery.send(connection, message, notices);
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

  /** What is made of a message's result sets. */
  interface Reading<T> {
    T read(Results results) throws SQLException;
  }

  /** The result sets of a message, one after the other; what returned no rows is passed over. */
  static final class Results {

    private final Statement statement;
    private boolean rows;
    private boolean taken;

    private Results(Statement statement, boolean rows) {
      this.statement = statement;
      this.rows = rows;
    }

    ResultSet next() throws SQLException {
      if (taken) {
        rows = statement.getMoreResults();
      }
      while (!rows && statement.getUpdateCount() != -1) {
        rows = statement.getMoreResults();
      }
      if (!rows) {
        throw new SQLException("a result set is missing", "08P01");
      }
      taken = true;
      return statement.getResultSet();
    }
  }

  /** Sends statements as one simple-query message, and reads result sets of it. */
  <T> T query(String message, Reading<T> reading) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      return control.run(statement, sent -> reading.read(new Results(sent, sent.execute(message))));
    }
  }

  /** Whether the first result has no row. */
  static boolean isEmpty(Results results) throws SQLException {
    try (ResultSet rows = results.next()) {
      return !rows.next();
    }
  }

  /** Does what may fail without changing the outcome; the connection isn't clean then. */
  void carefully(Talk talk) {
    try {
      talk.run();
    } catch (SQLException e) {
      LOG.atDebug().setCause(e).log("a connection couldn't be put in order");
      abandonTransaction();
      clean = false;
    }
  }

  /** Ends a failed transaction, if there is one. */
  void rollback() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("ROLLBACK");
    } catch (SQLException e) {
      clean = false;
      throw e;
    }
  }

  /** Ends a failed transaction; where that fails, the connection isn't clean any more. */
  void abandonTransaction() {
    try {
      rollback();
    } catch (SQLException e) {
      clean = false;
    }
  }

  /** Puts the session back to how it began if one of the steps could have changed it. */
  void discardIf(List<? extends Step> steps) {
    if (steps.stream().map(Step::part).anyMatch(part -> part != null && part.touchesSession())) {
      discard();
    }
  }

  /** Puts the session back to how it began. */
  void discard() {
    try (Statement statement = connection.createStatement()) {
      statement.execute("DISCARD ALL");
      PeerWatch.begin(connection);
    } catch (SQLException e) {
      clean = false;
    }
  }

  /** Notes that the connection is of no more use. */
  void broken() {
    clean = false;
  }

  /** Whether another schema may be worked on over it. A late cancel request mustn't reach that. */
  boolean isClean() {
    return clean && !control.isCancelled();
  }
}
