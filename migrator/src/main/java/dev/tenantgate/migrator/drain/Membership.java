package dev.tenantgate.migrator.drain;

import dev.tenantgate.migrator.announce.ConnectionSource;
import dev.tenantgate.migrator.connection.AccessErrors;
import dev.tenantgate.migrator.connection.Recovery;
import dev.tenantgate.migrator.history.DrainTables;
import dev.tenantgate.migrator.history.DrainTables.Drained;
import dev.tenantgate.migrator.history.Registry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A gateway's place among those on one database: a row that a heartbeat keeps from expiring, looks
 * at what is to be drained, and the answers to that. One connection and one thread of its own;
 * whatever is to be said and asked at a moment goes in one message.
 *
 * <p>Migrations wait for a gateway until its row has expired. So it may vouch for its transactions
 * from its last heartbeat, <em>as it was sent</em>, for the lease less a tenth: by then it has
 * stopped to let any begin, however its clock and the server's differ in what they show.
 *
 * <p>Thread-safe.
 */
public final class Membership implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

  /** How often marks are looked at where no announcement comes; heartbeats may come more often. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** While connections to the server come and go, they are listed so often. */
  private static final Duration LIST = Duration.ofMillis(20);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  /** insufficient_privilege, read_only_sql_transaction. */
  private static final Set<String> FORBIDDEN = Set.of("42501", "25006");

  /** So long a look holds that has found a standby. */
  private static final Duration STANDBY_KNOWN = LOOK.multipliedBy(3);

  private final String id;
  private final MemberRow row;
  private final String host;
  private final Duration lease;
  private final ConnectionSource connections;
  private final MembershipListener listener;
  private final Runnable answered;
  private final Arrival arrival;
  private final Thread thread;
  private final AtomicReference<@Nullable Connection> current = new AtomicReference<>();
  private final Object lock = new Object();

  // Guarded by lock.
  private final Map<Drained, String> answers = new HashMap<>();
  private boolean lookWanted;
  private boolean listWanted;
  private boolean closed;

  // Confined to the thread.
  private long beatNanos;
  private long nextBeatNanos;
  private long vouchedFrom;
  private long listedNanos;
  private int[] listed = {};
  private boolean forgotten;
  private boolean joined;
  private final ContactLog contact = new ContactLog();
  private boolean readOnly;

  /**
   * Prepares a membership.
   *
   * @param id tells the gateway from all others
   * @param lease how long its row outlives it
   * @param connections opens connections that give up on an answer within the lease
   * @param own the processes at the server that are this process's own migrator's
   * @param answered called after answers were written, for those who wait for them in this process
   */
  public Membership(
      String id,
      String host,
      Duration lease,
      ConnectionSource connections,
      Supplier<Collection<Integer>> own,
      MembershipListener listener,
      Runnable answered) {
    this.id = id;
    this.row = new MemberRow(id);
    this.host = host;
    this.lease = lease;
    this.connections = connections;
    this.listener = listener;
    this.answered = answered;
    this.arrival = new Arrival(id, own);
    this.thread = new Thread(this::run, "tenantgate-membership");
    thread.setDaemon(true);
  }

  /** Joins, and stays as good as it can. */
  public void start() {
    thread.start();
  }

  /** The gateway's id. */
  public String id() {
    return id;
  }

  /** Has the marks looked at now. */
  public void look() {
    synchronized (lock) {
      lookWanted = true;
      lock.notifyAll();
    }
  }

  /** Has it said soon which processes at the server are the gateway's: one was added. */
  public void list() {
    synchronized (lock) {
      listWanted = true;
      lock.notifyAll();
    }
  }

  /** Nothing is under way on a schema any more, and nothing begins until its mark is off. */
  public void acknowledge(String schema, long token) {
    answer(schema, token, "");
  }

  /** Something is under way on a schema still. */
  public void waitsFor(String schema, long token, String inTheWay) {
    answer(schema, token, inTheWay);
  }

  private void answer(String schema, long token, String inTheWay) {
    synchronized (lock) {
      answers.put(new Drained(schema, token), inTheWay);
      lock.notifyAll();
    }
  }

  private void run() {
    Duration pause = FIRST_PAUSE;
    while (!isClosed()) {
      try (Connection connection = connections.connect()) {
        current.set(connection);
        if (stay(connection)) {
          return;
        }
      } catch (SQLException e) {
        if (isClosed()) {
          return;
        }
        if (!joined && FORBIDDEN.contains(String.valueOf(e.getSQLState()))) {
          listener.alone(AccessErrors.describe(e));
          return;
        }
        contact.lost(e);
        pause(pause);
        pause = shorter(pause.multipliedBy(2), LONGEST_PAUSE);
      } catch (RuntimeException | OutOfMemoryError e) {
        LOG.atError().setCause(e).log("a listener to other gateways failed");
        pause(LONGEST_PAUSE);
      } finally {
        current.set(null);
      }
    }
  }

  /** Whether the membership is over; if not, another connection is to take this one's place. */
  private boolean stay(Connection connection) throws SQLException {
    if (!awaitPromotion(connection)) {
      return isClosed();
    }
    Registry.create(connection);
    forgotten = joined && !row.isListed(connection);
    nextBeatNanos = System.nanoTime();
    listedNanos = nextBeatNanos - LOOK.toNanos();
    while (exchange(connection)) {
      contact.regained();
      awaitOccasion();
      if (connections.isLeft(connection)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Of a standby: stays until it is none any more.
   *
   * @return whether it can be written to; if not, the membership is over, or goes on elsewhere
   */
  private boolean awaitPromotion(Connection connection) throws SQLException {
    long asked = System.nanoTime();
    while (Recovery.isOn(connection)) {
      if (!readOnly) {
        readOnly = true;
        listener.readOnly(true);
      }
      contact.isThere();
      listener.vouched(asked, asked + STANDBY_KNOWN.toNanos());
      pause(LOOK);
      if (isClosed() || connections.isLeft(connection)) {
        return false;
      }
      asked = System.nanoTime();
    }
    if (readOnly) {
      readOnly = false;
      // Others may migrate from now on, who don't know of this gateway.
      listener.vouched(asked, asked);
      listener.readOnly(false);
    }
    return true;
  }

  /** Says and asks what there is; false if the membership is over. */
  private boolean exchange(Connection connection) throws SQLException {
    Map<Drained, String> saying;
    long now = System.nanoTime();
    boolean beats = now - nextBeatNanos >= 0;
    boolean lists = beats;
    synchronized (lock) {
      if (closed) {
        row.leave(connection);
        return false;
      }
      lookWanted = false;
      saying = new HashMap<>(answers);
      lists |= now - listDueNanos() >= 0;
      listWanted &= !lists;
    }
    String message = message(now, beats, lists, saying);
    if (beats) {
      MemberRow.execute(connection, message);
      beaten(connection, now);
      message = "";
    }
    List<DrainMark> marks =
        MemberRow.marks(
            connection, message.isEmpty() ? arrival.marks() : message + ";\n" + arrival.marks());
    if (!saying.isEmpty()) {
      synchronized (lock) {
        saying.forEach(answers::remove);
      }
      answered.run();
    }
    listener.drains(marks);
    if (!Departed.expire(connection, marks.stream().map(DrainMark::holder).toList()).isEmpty()) {
      look(); // the next look takes their marks off
    }
    if (beats && arrival.isSettled()) {
      listener.vouched(vouchedFrom, now + lease.toNanos() - lease.toNanos() / 10);
    }
    return true;
  }

  private String message(long now, boolean beats, boolean lists, Map<Drained, String> saying) {
    List<String> statements = new ArrayList<>();
    if (beats) {
      statements.add(DrainTables.heartbeat(id, host, lease));
    }
    if (lists) {
      listBackends(statements, beats);
      listedNanos = now;
    }
    if (!saying.isEmpty()) {
      statements.add(DrainTables.answers(id, saying));
    }
    statements.add(DrainTables.revokeExpired());
    return DrainTables.transaction(statements);
  }

  /** For those who have to end what this gateway can't end itself any more, once it is gone. */
  private void listBackends(List<String> statements, boolean again) {
    int[] now = listener.backends();
    Arrays.sort(now);
    if (again || !Arrays.equals(now, listed)) {
      statements.add(DrainTables.backends(id, now));
      listed = now;
    }
  }

  private void beaten(Connection connection, long sentNanos) throws SQLException {
    boolean first = !joined;
    boolean returned =
        joined && (forgotten || sentNanos - beatNanos >= lease.toNanos() - lease.toNanos() / 10);
    forgotten = false;
    joined = true;
    beatNanos = sentNanos;
    nextBeatNanos = sentNanos + lease.toNanos() / 3;
    if (returned) {
      arrival.again();
      listener.returned();
    }
    if (first || !arrival.isSettled()) {
      arrival.seen(connection);
      vouchedFrom = sentNanos;
      if (!arrival.isSettled()) {
        nextBeatNanos = System.nanoTime() + Arrival.UNSEEN.toNanos();
      }
    }
  }

  private void awaitOccasion() {
    long lookNanos = System.nanoTime() + LOOK.toNanos();
    synchronized (lock) {
      long left = leftNanos(lookNanos);
      while (!closed && !lookWanted && answers.isEmpty() && left > 0) {
        await(left);
        left = leftNanos(lookNanos);
      }
    }
  }

  /** Until something is due; the caller holds the lock. */
  private long leftNanos(long lookNanos) {
    long now = System.nanoTime();
    return Math.min(lookNanos - now, Math.min(nextBeatNanos - now, listDueNanos() - now));
  }

  /** When processes are to be listed; the caller holds the lock. */
  private long listDueNanos() {
    return listedNanos + (listWanted ? LIST : LOOK).toNanos();
  }

  private void pause(Duration pause) {
    long until = System.nanoTime() + pause.toNanos();
    synchronized (lock) {
      long left = pause.toNanos();
      while (!closed && left > 0) {
        await(left);
        left = until - System.nanoTime();
      }
    }
  }

  /** Waits for a change; the caller holds the lock. */
  private void await(long nanos) {
    try {
      TimeUnit.NANOSECONDS.timedWait(lock, Math.max(nanos, 1_000_000));
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private boolean isClosed() {
    synchronized (lock) {
      return closed;
    }
  }

  /**
   * Leaves: nobody waits for this gateway any more, which lets no transaction begin from now on.
   */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    try {
      thread.join(1_000);
      Connection connection = current.get();
      if (thread.isAlive() && connection != null) {
        connection.abort(Runnable::run);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      LOG.atDebug().setCause(e).log("a connection couldn't be closed");
    }
  }
}
