package dev.tenantgate.migrator.drain;

import dev.tenantgate.config.DrainSettings;
import dev.tenantgate.config.DrainSettings.AfterTimeout;
import dev.tenantgate.migrator.announce.Announcer;
import dev.tenantgate.migrator.announce.ConnectionSource;
import dev.tenantgate.migrator.announce.OnDemandThread;
import dev.tenantgate.migrator.history.DrainTables;
import dev.tenantgate.migrator.history.DrainTables.Drained;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The migrating side of drains: marks schemas, tells the gateways, and waits for the answer of each
 * that is there. All drains of the process share one thread, which lives as long as there are any,
 * and one message each way: what is asked for while one is under way goes into the next. It looks
 * for answers at once, then less and less often: a gateway's commit is to be seen within
 * milliseconds, but an announcement of each would make commits wait for one another.
 *
 * <p>Thread-safe.
 */
public final class Drainer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Drainer.class);

  /** How long it counts whether there are gateways. */
  static final Duration MEMBERS_KNOWN = Duration.ofMillis(200);

  /** The time for gateways, beyond the timeout, to cancel transactions under way. */
  private static final Duration CANCELLING = Duration.ofSeconds(5);

  private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final DrainSettings settings;
  private final ConnectionSource connections;
  private final Announcer announcer;
  private final Runnable marked;
  private final Orphans orphans = new Orphans();
  private final DrainProofs proofs = new DrainProofs();
  private final ThreadPoolExecutor thread;
  private final Object lock = new Object();

  // Guarded by lock.
  private final Map<Drained, Drain> waiting = new LinkedHashMap<>();
  private final List<Drained> over = new ArrayList<>();
  private boolean overAnnounced;
  private boolean running;
  private boolean woken;

  // Guarded by membersLock.
  private final Object membersLock = new Object();
  private boolean members;
  private long membersReadNanos = System.nanoTime() - MEMBERS_KNOWN.toNanos();

  /** One that is waited for. */
  private static final class Drain {
    final CompletableFuture<DrainEnd> end = new CompletableFuture<>();
    final long startedNanos = System.nanoTime();
    boolean marked;

    Duration elapsed() {
      return Duration.ofNanos(System.nanoTime() - startedNanos);
    }
  }

  /**
   * Makes a drainer; nothing connects before the first drain.
   *
   * @param marked called after marks were set or taken off, for the gateway in this process
   */
  public Drainer(
      DrainSettings settings, ConnectionSource connections, Announcer announcer, Runnable marked) {
    this.settings = settings;
    this.connections = connections;
    this.announcer = announcer;
    this.marked = marked;
    this.thread = OnDemandThread.named("tenantgate-drainer");
  }

  /** The proof by which gateways know that this process announces the end of a drain. */
  public String proof(String schema, long token) {
    return proofs.of(new Drained(schema, token));
  }

  /** The leftovers of gateways that are gone. */
  public Orphans orphans() {
    return orphans;
  }

  /**
   * Whether there are gateways whose transactions have to end first, or were, and theirs haven't
   * been seen to; read a few times a second at most.
   *
   * @param connection to a database whose registry is there
   */
  public boolean isNeeded(Connection connection) throws SQLException {
    synchronized (membersLock) {
      if (System.nanoTime() - membersReadNanos >= MEMBERS_KNOWN.toNanos()) {
        long asked = System.nanoTime();
        Members read = Members.read(connection);
        members = !read.there().isEmpty() || (read.left() && !orphans.areUnsupported());
        membersReadNanos = asked;
      }
      return members;
    }
  }

  /**
   * Drains a schema whose lease is held: when the end is {@link DrainEnd.Quiet}, no transaction of
   * any gateway is under way there, and none begins, until the lease is given back. The caller
   * tells of that, by {@link #over}.
   *
   * @return never fails
   */
  public CompletableFuture<DrainEnd> drain(String schema, long token) {
    Drain drain = new Drain();
    synchronized (lock) {
      waiting.put(new Drained(schema, token), drain);
      wakeLocked();
    }
    return drain.end;
  }

  /**
   * The lease of a schema that was drained is given back, or will never be used: its mark can go.
   *
   * @param announce whether gateways are to be told that it did; not needed where they are told of
   *     a changed history anyway
   */
  public void over(String schema, long token, boolean announce) {
    Drained drained = new Drained(schema, token);
    Drain given;
    synchronized (lock) {
      given = waiting.remove(drained);
      over.add(drained);
      overAnnounced |= announce;
      wakeLocked();
    }
    if (given != null) {
      given.end.complete(new DrainEnd.Withdrawn());
    }
  }

  /** Has the answers looked at now. */
  public void look() {
    synchronized (lock) {
      woken = true;
      lock.notifyAll();
    }
  }

  /** Gets the thread going; the caller holds the lock. */
  private void wakeLocked() {
    woken = true;
    lock.notifyAll();
    if (!running) {
      try {
        thread.execute(this::work);
        running = true;
      } catch (RejectedExecutionException e) {
        waiting.values().forEach(drain -> drain.end.complete(new DrainEnd.Withdrawn()));
        waiting.clear();
      }
    }
  }

  private void work() {
    try (Connection connection = connections.connect()) {
      int looksInVain = 0;
      while (hasWork()) {
        looksInVain = round(connection) ? 0 : looksInVain + 1;
        pause(looksInVain);
      }
    } catch (SQLException e) {
      LOG.atDebug().setCause(e).log("drains are broken off");
      breakOff(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("drains are broken off unexpectedly");
      breakOff("unexpected: " + e);
    }
  }

  private boolean hasWork() {
    synchronized (lock) {
      running = !waiting.isEmpty() || !over.isEmpty();
      return running;
    }
  }

  private void breakOff(String error) {
    List<Drain> broken;
    synchronized (lock) {
      broken = new ArrayList<>(waiting.values());
      waiting.clear();
      over.clear();
      running = false;
    }
    broken.forEach(drain -> drain.end.complete(new DrainEnd.Broken(error)));
  }

  /** Says and asks what there is; whether anything came of it. */
  private boolean round(Connection connection) throws SQLException {
    boolean wrote = write(connection);
    Map<Drained, Drain> open;
    synchronized (lock) {
      open = new LinkedHashMap<>(waiting);
    }
    open.values().removeIf(drain -> !drain.marked);
    if (open.isEmpty()) {
      return wrote;
    }
    Members there = Members.read(connection);
    Answers answers = new Answers(there.there(), settings.timeout());
    read(connection, open, answers);
    if (there.left() && open.keySet().stream().anyMatch(answers::areComplete)) {
      answers.remain(orphans.end(connection));
    }
    boolean progress = wrote;
    for (Map.Entry<Drained, Drain> entry : open.entrySet()) {
      DrainEnd end = end(entry.getKey(), entry.getValue(), answers);
      progress |= end != null && conclude(entry.getKey(), entry.getValue(), end);
    }
    return progress;
  }

  /** Sets new marks and takes old ones off. */
  private boolean write(Connection connection) throws SQLException {
    List<Drained> off;
    Map<Drained, Drain> fresh = new LinkedHashMap<>();
    boolean announce;
    synchronized (lock) {
      woken = false;
      off = List.copyOf(over);
      over.clear();
      waiting.forEach(
          (drained, drain) -> {
            if (!drain.marked) {
              fresh.put(drained, drain);
            }
          });
      announce = overAnnounced || !fresh.isEmpty();
      overAnnounced = false;
    }
    List<String> statements = new ArrayList<>();
    if (!off.isEmpty()) {
      statements.addAll(DrainTables.unmark(off));
    }
    if (!fresh.isEmpty()) {
      boolean cancels = settings.afterTimeout() == AfterTimeout.CANCEL;
      Map<Drained, String> proven = new LinkedHashMap<>();
      fresh.keySet().forEach(drained -> proven.put(drained, proofs.of(drained)));
      statements.add(DrainTables.mark(proven, cancels ? settings.timeout() : null));
    }
    if (statements.isEmpty()) {
      return false;
    }
    send(connection, statements, announce);
    synchronized (lock) {
      fresh.values().forEach(drain -> drain.marked = true);
    }
    marked.run();
    return true;
  }

  private void send(Connection connection, List<String> statements, boolean announce)
      throws SQLException {
    List<String> all = new ArrayList<>(statements);
    if (announce && !announcer.isUnsupported()) {
      all.add(announcer.drainsChanged());
    }
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      try {
        statement.execute(DrainTables.transaction(all));
      } catch (SQLException e) {
        statement.execute("ROLLBACK");
        if (all.size() == statements.size() || !announcer.noteUnsupported(e)) {
          throw e;
        }
        statement.execute(DrainTables.transaction(statements));
      }
    }
  }

  private static void read(Connection connection, Map<Drained, Drain> open, Answers answers)
      throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(DrainTables.readAnswers(open.keySet()))) {
      while (rows.next()) {
        answers.add(
            new Drained(rows.getString(1), rows.getLong(2)),
            rows.getString(3),
            rows.getBoolean(4),
            rows.getString(5));
      }
    }
  }

  private @Nullable DrainEnd end(Drained drained, Drain drain, Answers answers) {
    if (answers.areComplete(drained)) {
      return new DrainEnd.Quiet(drain.elapsed());
    }
    boolean cancels = settings.afterTimeout() == AfterTimeout.CANCEL;
    Duration limit = cancels ? settings.timeout().plus(CANCELLING) : settings.timeout();
    return drain.elapsed().compareTo(limit) < 0
        ? null
        : new DrainEnd.TimedOut(drain.elapsed(), answers.missing(drained));
  }

  private boolean conclude(Drained drained, Drain drain, DrainEnd end) {
    synchronized (lock) {
      if (!waiting.remove(drained, drain)) {
        return false;
      }
    }
    drain.end.complete(end);
    return true;
  }

  /** Half a millisecond at first, then longer and longer, until something is to be done. */
  private void pause(int looksInVain) {
    long nanos = Math.min(500_000L << Math.min(looksInVain, 7), LONGEST_PAUSE_NANOS);
    long until = System.nanoTime() + nanos;
    synchronized (lock) {
      long left = nanos;
      while (!woken && left > 0 && !waiting.isEmpty()) {
        try {
          TimeUnit.NANOSECONDS.timedWait(lock, left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
        left = until - System.nanoTime();
      }
    }
  }

  /** Gives up all drains; marks that are left go with their leases. */
  @Override
  public void close() {
    List<Drain> given;
    synchronized (lock) {
      given = new ArrayList<>(waiting.values());
      waiting.clear();
      look();
    }
    given.forEach(drain -> drain.end.complete(new DrainEnd.Withdrawn()));
    thread.shutdown();
    try {
      if (!thread.awaitTermination(1, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
