package dev.tenantgate.migrator.announce;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.connection.AccessErrors;
import dev.tenantgate.migrator.history.HistoryLook;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears by LISTEN what other processes change, on a connection and a thread of its own; a broken
 * connection is made anew. Where the server has no LISTEN it ends by itself: the listener then
 * hears nothing and has to look.
 *
 * <p>Schemas that somebody waits for are looked at over that connection, by that thread: nothing is
 * nearer to the announcement.
 *
 * <p>Thread-safe.
 */
public final class ChangeFeed implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ChangeFeed.class);

  /** After so much silence the server is asked whether it is still there. */
  private static final Duration SILENCE = Duration.ofSeconds(10);

  /** How often it looks whether connections lead elsewhere by now. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** A backend keeps what it learned of each schema; past so many looks it is ended. */
  private static final int MOST_LOOKS = 2_000;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final String own;
  private final ConnectionSource connections;
  private final Function<String, Optional<SchemaRef>> schemas;
  private final Look look;
  private final ChangeListener listener;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final AtomicReference<@Nullable Connection> current = new AtomicReference<>();
  private Duration pause = FIRST_PAUSE;
  private boolean toldOfLoss;
  private int looks;

  /** Looks at schemas over a connection. */
  @FunctionalInterface
  public interface Look {

    /** The finds about those of them that can be looked at so. */
    List<HistoryLook.Found> at(Connection connection, List<SchemaRef> schemas) throws SQLException;
  }

  private ChangeFeed(
      String own,
      ConnectionSource connections,
      Function<String, Optional<SchemaRef>> schemas,
      Look look,
      ChangeListener listener) {
    this.own = own;
    this.connections = connections;
    this.schemas = schemas;
    this.look = look;
    this.listener = listener;
  }

  /**
   * Begins to listen.
   *
   * @param own the sender whose announcements aren't told: this process
   * @param connections opens connections outside of any pool
   * @param schemas which schema a name stands for; empty if it is none of ours
   * @param look looks at those that somebody waits for
   */
  public static ChangeFeed start(
      String own,
      ConnectionSource connections,
      Function<String, Optional<SchemaRef>> schemas,
      Look look,
      ChangeListener listener) {
    ChangeFeed feed = new ChangeFeed(own, connections, schemas, look, listener);
    Thread thread = new Thread(feed::run, "tenantgate-change-feed");
    thread.setDaemon(true);
    thread.start();
    return feed;
  }

  private void run() {
    boolean supported = true;
    while (supported && !isClosed()) {
      try (Connection connection = connections.connect()) {
        current.set(connection);
        supported = listen(connection);
      } catch (SQLException e) {
        interrupted(e);
      } catch (OutOfMemoryError e) {
        interrupted(new SQLException("there was no memory", e));
      } finally {
        current.set(null);
      }
    }
  }

  /** Listens until that fails; false if the server can't. */
  private boolean listen(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("LISTEN " + Announcement.CHANNEL);
      tell(listener::listening);
      if (toldOfLoss) {
        LOG.info("changes by other processes are heard of again");
      }
      toldOfLoss = false;
      pause = FIRST_PAUSE;
      PGConnection notifying = connection.unwrap(PGConnection.class);
      long askedNanos = System.nanoTime();
      looks = 0;
      while (!isClosed() && !connections.isLeft(connection) && looks < MOST_LOOKS) {
        PGNotification[] heard = notifying.getNotifications((int) LOOK.toMillis());
        if (heard != null && heard.length > 0) {
          tell(connection, heard);
        } else if (System.nanoTime() - askedNanos >= SILENCE.toNanos()) {
          statement.execute("SELECT 1");
          askedNanos = System.nanoTime();
        }
      }
      return true;
    } catch (SQLException e) {
      if (!NotSupported.tells(e)) {
        throw e;
      }
      LOG.atInfo()
          .addKeyValue("error", AccessErrors.describe(e))
          .log("the server has no LISTEN: changes by other processes are found by looking");
      return false;
    }
  }

  private void tell(Connection connection, PGNotification[] heard) throws SQLException {
    Set<SchemaRef> awaited = new LinkedHashSet<>();
    for (PGNotification notification : heard) {
      Completion completion = Completion.parse(notification.getParameter(), own);
      if (completion != null) {
        schemas
            .apply(completion.schema())
            .ifPresent(schema -> tell(() -> listener.completed(schema, completion)));
        continue;
      }
      Announcement announcement = Announcement.parse(notification.getParameter());
      if (announcement == null || announcement.sender().equals(own)) {
        continue;
      }
      if (announcement.kind() == Announcement.Kind.DRAINS) {
        tell(listener::drainsChanged);
      } else {
        schemas
            .apply(announcement.schema())
            .ifPresent(
                schema -> {
                  if (listener.isAwaited(schema)) {
                    awaited.add(schema);
                  } else {
                    tell(() -> listener.changed(schema));
                  }
                });
      }
    }
    List<SchemaRef> all = List.copyOf(awaited);
    for (int from = 0; from < all.size(); from += HistoryLook.MOST) {
      lookAt(connection, all.subList(from, Math.min(from + HistoryLook.MOST, all.size())));
    }
  }

  private void lookAt(Connection connection, List<SchemaRef> awaited) throws SQLException {
    Set<SchemaRef> left = new LinkedHashSet<>(awaited);
    long askedNanos = System.nanoTime();
    try {
      for (HistoryLook.Found found : look.at(connection, awaited)) {
        left.remove(found.history().schema());
        tell(() -> listener.found(found, askedNanos));
      }
      looks += awaited.size();
    } finally {
      left.forEach(schema -> tell(() -> listener.changed(schema)));
    }
  }

  /** A listener that fails mustn't make the others' changes go unheard. */
  private static void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("a listener to changes failed");
    }
  }

  private void interrupted(SQLException e) {
    if (isClosed()) {
      return;
    }
    if (!toldOfLoss) {
      toldOfLoss = true;
      LOG.atWarn()
          .addKeyValue("error", AccessErrors.describe(e))
          .log("changes by other processes can't be heard of; they are found by looking");
    }
    try {
      boolean closed = closing.await(pause.toMillis(), TimeUnit.MILLISECONDS);
      pause = closed || pause.compareTo(LONGEST_PAUSE) >= 0 ? pause : pause.multipliedBy(2);
    } catch (InterruptedException interrupt) {
      close();
    }
  }

  private boolean isClosed() {
    return closing.getCount() == 0;
  }

  /** Stops listening; doesn't wait for the listener to return. */
  @Override
  public void close() {
    closing.countDown();
    Connection connection = current.get();
    if (connection != null) {
      try {
        // Not close(): that would wait for the read under way.
        connection.abort(Runnable::run);
      } catch (SQLException e) {
        LOG.atDebug().setCause(e).log("a listening connection couldn't be closed");
      }
    }
  }
}
