package dev.tenantgate.migrator.session;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.connection.Blocker;
import dev.tenantgate.migrator.connection.WorkerConnections;
import dev.tenantgate.migrator.drain.Orphans;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks who is in the way of a message that isn't answered soon, while it waits: once its lock
 * timeout has ended it, nobody can say any more. Looks from a thread and a connection of its own.
 * Thread-safe.
 */
public final class LockWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LockWatch.class);

  private static final Duration LONGEST = Duration.ofSeconds(1);

  private static final String BLOCKERS =
      """
      SELECT b.pid, a.application_name, a.usename, a.state, a.xact_start, a.query_start,
        pg_catalog.left(pg_catalog.regexp_replace(a.query, '\\s+', ' ', 'g'), 200)
      FROM (SELECT DISTINCT unnest FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(?))) b (pid)
      LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid
      ORDER BY b.pid
      """;

  private final WorkerConnections connections;
  private final Orphans orphans;
  private final StaleMigrations stale = new StaleMigrations();
  private final ScheduledThreadPoolExecutor clock;

  /**
   * Makes a watch over nobody yet.
   *
   * @param orphans those in the way that are ended, since their gateway is gone
   */
  public LockWatch(WorkerConnections connections, Orphans orphans) {
    this.connections = connections;
    this.orphans = orphans;
    this.clock =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "tenantgate-lock-watch");
              thread.setDaemon(true);
              return thread;
            });
    clock.setRemoveOnCancelPolicy(true);
  }

  /**
   * Watches a backend until the watch is closed.
   *
   * @param schema the one that it migrates, under its lease
   * @param lockTimeout how long its statements wait for a lock: the first look is before that ends
   * @param told what is told of those in the way, each time that these are others than before
   */
  Watch over(SchemaRef schema, int backend, Duration lockTimeout, Consumer<List<Blocker>> told) {
    return new Watch(schema, backend, lockTimeout, told);
  }

  /** One message's time. Closed by the thread that sent it. */
  final class Watch implements AutoCloseable {

    private final SchemaRef schema;
    private final int backend;
    private final Consumer<List<Blocker>> told;
    private @Nullable Future<?> looks;
    private List<Blocker> seen = List.of();

    private Watch(
        SchemaRef schema, int backend, Duration lockTimeout, Consumer<List<Blocker>> told) {
      this.schema = schema;
      this.backend = backend;
      this.told = told;
      long half = Math.max(50, lockTimeout.toMillis() / 2);
      long period = lockTimeout.isZero() ? LONGEST.toMillis() : Math.min(half, LONGEST.toMillis());
      try {
        looks = clock.scheduleWithFixedDelay(this::look, period, period, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        looks = null; // the migrator is being closed
      }
    }

    private void look() {
      try {
        List<Blocker> blockers = blockers(backend);
        if (isNews(blockers)) {
          told.accept(blockers);
        }
        endThoseLeftBehind(blockers);
      } catch (SQLException | RuntimeException e) {
        LOG.atDebug().setCause(e).log("who is in a migration's way couldn't be found out");
      }
    }

    private void endThoseLeftBehind(List<Blocker> blockers) throws SQLException {
      if (!blockers.isEmpty()) {
        try (Connection connection = connections.borrow()) {
          orphans.endAmong(connection, pids(blockers));
          stale.endAmong(connection, schema, pids(blockers));
        }
      }
    }

    private synchronized boolean isNews(List<Blocker> blockers) {
      if (looks == null || blockers.isEmpty() || pids(blockers).equals(pids(seen))) {
        return false;
      }
      seen = blockers;
      return true;
    }

    /** The sessions in the way at the last look; empty if there were none. */
    synchronized List<Blocker> seen() {
      return seen;
    }

    @Override
    public synchronized void close() {
      if (looks != null) {
        looks.cancel(false);
        looks = null;
      }
    }
  }

  private static List<Integer> pids(List<Blocker> blockers) {
    return blockers.stream().map(Blocker::pid).toList();
  }

  private List<Blocker> blockers(int backend) throws SQLException {
    List<Blocker> blockers = new ArrayList<>();
    try (Connection connection = connections.borrow();
        PreparedStatement statement = connection.prepareStatement(BLOCKERS)) {
      statement.setInt(1, backend);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          blockers.add(
              new Blocker(
                  rows.getInt(1),
                  rows.getString(2),
                  rows.getString(3),
                  rows.getString(4),
                  instant(rows, 5),
                  instant(rows, 6),
                  rows.getString(7)));
        }
      }
    }
    return blockers;
  }

  private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
