package dev.tenantgate.migrator.announce;

import dev.tenantgate.migrator.connection.AccessErrors;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the other processes, by NOTIFY, that schemas were changed. It does so after the commit and
 * on a connection of its own: a NOTIFY inside the transaction would make every commit of a fleet
 * run wait for the one before it, since PostgreSQL lets notifying transactions commit one by one.
 * The first goes at once; what comes while one message is under way goes into the next, together.
 *
 * <p>An announcement may be lost, with its process or the connection. The waiters look by
 * themselves as well, only later.
 *
 * <p>Thread-safe.
 */
public final class Announcer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);
  private static final int MAX_BATCH = 500;

  /** While changes come faster than messages go, those of so long a time travel together. */
  private static final long PAUSE_MILLIS = 5;

  private final String sender;
  private final ConnectionSource connections;
  private final ThreadPoolExecutor thread;
  private final Object lock = new Object();
  private final CountDownLatch closing = new CountDownLatch(1);

  // Guarded by lock.
  private final Set<String> waiting = new LinkedHashSet<>();
  private boolean sending;

  private volatile boolean unsupported;

  /**
   * Makes an announcer; nothing connects before the first announcement.
   *
   * @param sender tells this process from the others; no blanks
   */
  public Announcer(String sender, ConnectionSource connections) {
    this.sender = sender;
    this.connections = connections;
    this.thread = OnDemandThread.named("tenantgate-announcer");
  }

  /** Has the others told that the schema's history was changed; returns at once. */
  public void changed(String schema) {
    if (unsupported) {
      return;
    }
    synchronized (lock) {
      waiting.add(schema);
      if (sending) {
        return;
      }
      sending = true;
    }
    try {
      thread.execute(this::send);
    } catch (RejectedExecutionException e) {
      LOG.atDebug().addKeyValue("schema", schema).log("closed: a change isn't announced");
    }
  }

  private void send() {
    List<String> batch = nextBatch();
    while (!batch.isEmpty() && !unsupported) {
      send(batch);
      batch = nextBatch();
      if (!batch.isEmpty()) {
        pause();
        batch = more(batch);
      }
    }
  }

  /** Changes that came during a pause travel as well. */
  private List<String> more(List<String> batch) {
    synchronized (lock) {
      List<String> all = new ArrayList<>(batch);
      waiting.stream().limit(Math.max(0, MAX_BATCH - all.size())).forEach(all::add);
      all.forEach(waiting::remove);
      return all;
    }
  }

  private void pause() {
    try {
      var unused = closing.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<String> nextBatch() {
    synchronized (lock) {
      List<String> batch = new ArrayList<>(waiting).subList(0, Math.min(MAX_BATCH, waiting.size()));
      batch.forEach(waiting::remove);
      sending = !batch.isEmpty();
      return batch;
    }
  }

  private void send(List<String> schemas) {
    String payloads =
        schemas.stream()
            .map(schema -> SqlIdentifier.literal(Announcement.changed(sender, schema).payload()))
            .collect(Collectors.joining(", "));
    try (Connection connection = connections.connect();
        Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      send(statement, payloads);
    } catch (SQLException e) {
      unsupported |= NotSupported.tells(e);
      LOG.atDebug()
          .addKeyValue("schemas", schemas.size())
          .addKeyValue("error", AccessErrors.describe(e))
          .log("changes couldn't be announced; the others will find out by themselves");
    }
  }

  private static void send(Statement statement, String payloads) throws SQLException {
    try {
      statement.execute(transaction(payloads));
    } catch (SQLException e) {
      try {
        statement.execute("ROLLBACK");
      } catch (SQLException lost) {
        // The pool has closed it, as it does where the server said that it can't do something.
        e.addSuppressed(lost);
      }
      throw e;
    }
  }

  /** The announced change has been committed: the announcement needs no flush of its own. */
  private static String transaction(String payloads) {
    return """
    BEGIN; SET LOCAL synchronous_commit = off;
    SELECT pg_catalog.pg_notify('%s', p) FROM pg_catalog.unnest(ARRAY[%s]) AS p;
    COMMIT\
    """
        .formatted(Announcement.CHANNEL, payloads);
  }

  /**
   * The transaction that tells the others that the schema's history was changed, for whoever sends
   * it behind the one that did so.
   */
  public String announcement(String schema) {
    return transaction(SqlIdentifier.literal(Announcement.changed(sender, schema).payload()));
  }

  /**
   * The transaction that tells the others that a migration is committed, for whoever sends it
   * behind that. The completion is a fact for those who hear it: so it is told only if registry and
   * lease say so as well, whatever became of the message before.
   */
  public String announcement(Completion completion) {
    String schema = SqlIdentifier.literal(completion.schema());
    String changed =
        SqlIdentifier.literal(Announcement.changed(sender, completion.schema()).payload());
    if (!completion.isShort()) {
      return announcement(completion.schema());
    }
    return """
    BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = off;
    SELECT pg_catalog.pg_notify('%1$s', %2$s)
    WHERE EXISTS (SELECT FROM tenantgate.lease
    WHERE schema_name = %3$s AND token = %4$d AND holder IS NULL)
    AND EXISTS (SELECT FROM tenantgate.schema_state
    WHERE schema_name = %3$s AND history_digest = %5$s);
    SELECT pg_catalog.pg_notify('%1$s', %6$s);
    COMMIT\
    """
        .formatted(
            Announcement.CHANNEL,
            SqlIdentifier.literal(completion.payload(sender)),
            schema,
            completion.token(),
            SqlIdentifier.literal(completion.digest()),
            changed);
  }

  /**
   * The statement that tells the others that marks for draining were set or taken off, for a
   * transaction that does so.
   */
  public String drainsChanged() {
    return "SELECT pg_catalog.pg_notify('%s', %s)"
        .formatted(
            Announcement.CHANNEL, SqlIdentifier.literal(Announcement.drains(sender).payload()));
  }

  /** Whether the server has shown that it knows no announcements. */
  public boolean isUnsupported() {
    return unsupported;
  }

  /** Notes that one of its statements failed; whether it was for that reason. */
  public boolean noteUnsupported(SQLException e) {
    unsupported |= NotSupported.tells(e);
    return unsupported;
  }

  /** Announces what is waiting still, within a second or not at all. */
  @Override
  public void close() {
    closing.countDown();
    thread.shutdown();
    try {
      if (!thread.awaitTermination(1, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
