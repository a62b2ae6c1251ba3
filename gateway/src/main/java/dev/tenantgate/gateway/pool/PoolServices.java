package dev.tenantgate.gateway.pool;

import dev.tenantgate.config.PoolOverrides;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.LeaseHolder;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.connect.BackendCredential;
import dev.tenantgate.gateway.connect.BackendHold;
import dev.tenantgate.gateway.connect.CancelForwarder;
import dev.tenantgate.gateway.connect.Server;
import dev.tenantgate.gateway.memory.Bound;
import dev.tenantgate.gateway.memory.HeapBudget;
import dev.tenantgate.gateway.statements.StatementTexts;
import dev.tenantgate.gateway.traffic.Traffic;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All pools, one for each database and user on each event loop where somebody needs it: a client
 * and its backend share a loop, so a lease takes no lock. Bounds are for all loops together; a pool
 * that has to wait for the others' backends takes them over as they become free. Thread-safe.
 */
public final class PoolServices {

  private static final Logger log = LoggerFactory.getLogger("dev.tenantgate.gateway.pool");

  /** A client that reads sequences is expected to have its like for so long. */
  private static final Duration SEQUENCE_MEMORY = Duration.ofMinutes(10);

  private record Place(PoolKey key, EventLoop eventLoop) {}

  private final Map<Place, BackendPool> pools = new ConcurrentHashMap<>();
  private volatile Runnable leavesToo = () -> {};

  /** The event loops that have pools. */
  private final Set<EventLoop> eventLoops = ConcurrentHashMap.newKeySet();

  private final Map<PoolKey, Long> sequenceReads = new ConcurrentHashMap<>();
  private final Map<Integer, PooledBackend> byProcess = new ConcurrentHashMap<>();
  private final Map<String, SchemaChanges> changes = new ConcurrentHashMap<>();
  private final BackendBudget budget = new BackendBudget();

  /** Of the pools that there are. */
  private final Map<PoolKey, TenantShares> shares = new ConcurrentHashMap<>();

  private final OpenServers servers;
  private final LoginOpener opener;
  private final Duration answerTimeout;
  private final CancelForwarder canceller;
  private final BackendHold hold;
  private final PoolMeter meter;
  private final DefaultsWatch defaults;
  private final StatementTexts statementTexts;
  private final Traffic traffic = new Traffic();
  private final LongSupplier nanoTime;
  private volatile PoolSettings rules;
  private volatile boolean closed;

  /**
   * Makes them, without any pool yet.
   *
   * @param answerTimeout how long a fresh backend may take over its first answer
   * @param hold where those wait who need the server in an outage
   * @param ask runs a query of the gateway's own account, with a value for {@code $1}; gives the
   *     columns of the first row
   * @param memory for what clients have prepared
   * @param nanoTime the clock, as {@link System#nanoTime} is
   */
  public PoolServices(
      PoolSettings rules,
      LoginOpener opener,
      Duration answerTimeout,
      CancelForwarder canceller,
      BackendHold hold,
      PoolMeter meter,
      BiFunction<String, String, CompletableFuture<List<@Nullable String>>> ask,
      HeapBudget memory,
      LongSupplier nanoTime) {
    this.rules = rules;
    this.opener = opener;
    this.answerTimeout = answerTimeout;
    this.canceller = canceller;
    this.hold = hold;
    this.meter = meter;
    this.defaults = new DefaultsWatch(ask, this);
    this.statementTexts = new StatementTexts(memory);
    this.nanoTime = nanoTime;
    this.servers = new OpenServers(pools.values(), nanoTime);
  }

  /** The pool of a database and user on an event loop, which is the caller's. */
  public BackendPool pool(PoolKey key, EventLoop eventLoop) {
    return pools.computeIfAbsent(
        new Place(key, eventLoop),
        place -> {
          eventLoops.add(eventLoop);
          return new BackendPool(key, eventLoop, this);
        });
  }

  /** A client of a database and user has read what a sequence gave its session last. */
  void sequenceRead(PoolKey key) {
    sequenceReads.put(key, nanoTime());
  }

  /** Whether one has lately: others of the same application will as well. */
  boolean readsSequences(PoolKey key) {
    Long read = sequenceReads.get(key);
    return read != null && nanoTime() - read < SEQUENCE_MEMORY.toNanos();
  }

  /** The texts of all clients' named statements. */
  StatementTexts statementTexts() {
    return statementTexts;
  }

  /** The texts of clients' named statements, the one that is used most first. */
  public List<StatementTexts.Kept> preparedTexts() {
    return statementTexts.describe();
  }

  /** The shares of tenants in the backends of a database and user, for one more of its pools. */
  TenantShares shares(PoolKey key) {
    return Objects.requireNonNull(
        shares.compute(
            key, (same, known) -> (known == null ? new TenantShares(this, key) : known).entered()));
  }

  /** The known changes to a database's objects. */
  SchemaChanges changes(String database) {
    return changes.computeIfAbsent(database, any -> new SchemaChanges());
  }

  /** The connections to the server. */
  public OpenServers servers() {
    return servers;
  }

  /** Where those wait who need the server in an outage, or a database that is paused. */
  public BackendHold hold() {
    return hold;
  }

  /** The counts of clients, by database and user. */
  public Traffic traffic() {
    return traffic;
  }

  /**
   * How many backends there may be, in all and of one database and user, and how many there are.
   */
  public List<Bound> metered() {
    return List.of(
        new Bound("backends", () -> rules.maxBackends(), budget::all),
        new Bound("pool_size", () -> fullest().size, () -> fullest().used));
  }

  /** A pool's size, and how many backends it has. */
  private record Fill(int size, int used) {}

  /** Of all pools that one that has least left of its size. */
  private Fill fullest() {
    Fill fullest = new Fill(rules.size(), 0);
    for (PoolKey key : budget.withBackends()) {
      Fill fill = new Fill(rules.of(key.database(), key.user()).size(), budget.of(key));
      if ((long) fill.used * fullest.size > (long) fullest.used * fill.size) {
        fullest = fill;
      }
    }
    return fullest;
  }

  /** How many backends each user has, or each database; of those that have any. */
  public Map<String, Integer> backends(PoolOverrides.Scope scope) {
    return switch (scope) {
      case USER -> Map.copyOf(budget.byUser());
      case DATABASE -> Map.copyOf(budget.byDatabase());
      case TENANT -> Map.of();
    };
  }

  /** Watches the defaults of new sessions at the server for changes. */
  public DefaultsWatch defaults() {
    return defaults;
  }

  /**
   * A database is about to be asked for by somebody who needs it without other users: what is idle
   * there is closed, what is lent when it comes back.
   */
  public void release(String database) {
    pools.forEach(
        (place, pool) -> {
          if (place.key.database().equals(database)) {
            place.eventLoop.execute(() -> pool.backends().renew());
          }
        });
  }

  /**
   * Another server is in use: connections to others end between transactions. A session's own is
   * replaced where that can be done without the client's noticing; else it goes on.
   */
  public void leaveOthers() {
    pools.forEach((place, pool) -> place.eventLoop.execute(() -> pool.backends().leaveOthers()));
    servers.forEachOwn((key, backend) -> outdateIf(backend, isLeft(backend.channel())));
    leavesToo.run();
  }

  /** Somebody else has connections that are to be left then. */
  public void leavesWith(Runnable another) {
    leavesToo = another;
  }

  /** The same of the connections to a database, wherever they lead. */
  public void reconnect(String database) {
    release(database);
    servers.forEachOwn((key, backend) -> outdateIf(backend, key.database().equals(database)));
  }

  private static void outdateIf(PooledBackend backend, boolean outdated) {
    if (outdated) {
      backend.channel().eventLoop().execute(() -> outdate(backend));
    }
  }

  private static void outdate(PooledBackend backend) {
    backend.standing().outdate();
    LeaseHolder lessee = backend.lessee();
    if (lessee != null) {
      lessee.outdated();
    }
  }

  /** Whether a connection leads to a server that isn't in use any more. */
  public boolean isLeft(Channel connection) {
    return opener.hosts().isLeft(Server.of(connection));
  }

  /** New sessions of a database and user are other ones than those that have begun. */
  void renew(PoolKey key) {
    pools.forEach(
        (place, pool) -> {
          if (place.key.equals(key)) {
            place.eventLoop.execute(() -> pool.backends().renew());
          }
        });
  }

  boolean areAny() {
    return !pools.isEmpty();
  }

  Set<PoolKey> keys() {
    Set<PoolKey> keys = new HashSet<>();
    pools.keySet().forEach(place -> keys.add(place.key));
    return keys;
  }

  /** A client has proved to be a pool's user, with what is good for the pool's backends as well. */
  public void credential(PoolKey key, BackendCredential credential) {
    opener.credential(key, credential);
  }

  /** Takes other bounds; backends in excess are closed as they come back. */
  public void reconfigure(PoolSettings newRules) {
    rules = newRules;
  }

  /** Opens a connection that is no pool's, by what the pool's user has proved. */
  public void open(EventLoop eventLoop, PoolKey key, BackendOpener.Listener listener) {
    opener.open(eventLoop, key, listener);
  }

  /**
   * The number that clients know a sender by: what the gateway has told the client that has that
   * process, or had it last; of any other the process itself. On any thread.
   */
  public int shownAs(int processId) {
    PooledBackend backend = byProcess.get(processId);
    int shown = backend == null ? 0 : backend.shownAs();
    return shown == 0 ? processId : shown;
  }

  void opened(PooledBackend backend) {
    byProcess.put(backend.processId(), backend);
  }

  void gone(PooledBackend backend) {
    byProcess.remove(backend.processId(), backend);
  }

  /** Refuses all who wait, and closes every backend that nobody has. */
  public void close() {
    closed = true;
    pools.values().forEach(pool -> pool.eventLoop().execute(pool::close));
  }

  /** A pool may have no more backends: others, who have some to spare, give one up. */
  void makeRoomFor(BackendPool needy) {
    budget.awaitRelease(needy);
    int has = needy.backendsSoon();
    claim(needy, needy.key(), has);
    BackendBounds bounds = needy.bounds();
    if (budget.of(needy.key()) < bounds.ofPool()) {
      boolean userFull = budget.isUserFull(needy.key(), bounds);
      boolean databaseFull = budget.isDatabaseFull(needy.key(), bounds);
      // Of thousands of pools those are asked that have one: as many as there may be backends.
      for (PoolKey key : budget.withBackends()) {
        boolean helps =
            (!userFull && !databaseFull)
                || (userFull && key.user().equals(needy.key().user()))
                || (databaseFull && key.database().equals(needy.key().database()));
        if (helps && !key.equals(needy.key())) {
          claim(needy, key, has);
        }
      }
    }
  }

  private void claim(BackendPool needy, PoolKey key, int has) {
    for (EventLoop eventLoop : eventLoops) {
      BackendPool pool = pools.get(new Place(key, eventLoop));
      if (pool != null && pool != needy) {
        eventLoop.execute(() -> pool.claim(has, key.equals(needy.key())));
      }
    }
  }

  void remove(BackendPool pool) {
    if (pools.remove(new Place(pool.key(), pool.eventLoop()), pool)) {
      shares.computeIfPresent(pool.key(), (key, known) -> known.left(pool) ? known : null);
    }
  }

  boolean isClosed() {
    return closed;
  }

  PoolSettings rules() {
    return rules;
  }

  BackendBudget budget() {
    return budget;
  }

  BackendOpener opener() {
    return opener;
  }

  Duration answerTimeout() {
    return answerTimeout;
  }

  CancelForwarder canceller() {
    return canceller;
  }

  PoolMeter meter() {
    return meter;
  }

  Logger log() {
    return log;
  }

  long nanoTime() {
    return nanoTime.getAsLong();
  }
}
