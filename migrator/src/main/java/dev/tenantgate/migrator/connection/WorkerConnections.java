package dev.tenantgate.migrator.connection;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tenantgate.config.DatabaseSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The migrator's connections: a pool of persistent ones that opens none before it is asked, and
 * single ones outside of it. Thread-safe.
 */
public final class WorkerConnections implements AutoCloseable {

  /** A backend keeps the catalog entries of every schema that it touched; past this it is ended. */
  private static final int SCHEMAS_PER_BACKEND = 2_000;

  /** So long after an ALTER DATABASE or ROLE … SET, a connection may still begin as before. */
  private static final long DEFAULTS_KNOWN_NANOS = 500_000_000L;

  private final ServerLogins logins;
  private final HikariDataSource pool;
  private final SharedBackend sharing;
  private final Outage outage = new Outage();
  private final Map<Connection, Integer> schemasTouched =
      Collections.synchronizedMap(new WeakHashMap<>());

  /** Where connections lead that were opened, until they are closed; and by which settings. */
  private final Map<Connection, Origin> origins = Collections.synchronizedMap(new WeakHashMap<>());

  private final AtomicInteger settings = new AtomicInteger();

  /** The processes at the server, of those connections that were borrowed. */
  private final Map<Connection, Backend> backends =
      Collections.synchronizedMap(new WeakHashMap<>());

  /** When their defaults were last compared with those in force. */
  private final Map<Connection, Long> looked = Collections.synchronizedMap(new WeakHashMap<>());

  private volatile FreshSession fresh = FreshSession.PLAIN;

  private record Origin(ServerPlace place, int settings) {}

  public WorkerConnections(DatabaseSettings database, int size) {
    this.logins = new ServerLogins(database, NameService.SYSTEM);
    this.sharing = new SharedBackend(() -> connect(database().connectTimeout()));
    HikariConfig config = new HikariConfig();
    config.setPoolName("tenantgate-migrator");
    config.setDataSource(new WorkerLogins(this::logIn, database.connectTimeout()));
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(0);
    config.setIdleTimeout(Duration.ofSeconds(60).toMillis());
    config.setInitializationFailTimeout(-1);
    config.setExceptionOverride(new LostConnection());
    config.setConnectionTimeout(Math.max(250, database.connectTimeout().toMillis()));
    this.pool = new HikariDataSource(config);
  }

  /**
   * Takes a connection, to be closed or {@linkplain #end ended}. While the pool is empty, a first
   * connection of our own tells what is wrong at once: the pool would try until its timeout.
   */
  public Connection borrow() throws SQLException {
    if (pool.getHikariPoolMXBean().getTotalConnections() == 0 && !pool.isClosed()) {
      open(database().connectTimeout()).close();
    }
    while (true) {
      Connection connection = pool.getConnection();
      try {
        if (isOutdated(connection)) {
          end(connection);
          connection.close();
          continue;
        }
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
      outage.isOver();
      return connection;
    }
  }

  /** The database that they lead to. */
  public DatabaseSettings database() {
    return logins.database();
  }

  /** The same, for those who can't be told of several hosts: with the one in use alone. */
  public DatabaseSettings databaseInUse() {
    ServerPlace place = logins.preferred();
    return place == null ? database() : database().at(place.host());
  }

  /**
   * Makes sure that connections can be had by other settings, without taking them.
   *
   * @throws SQLException if not
   */
  public static void check(DatabaseSettings database) throws SQLException {
    new ServerLogins(database, NameService.SYSTEM)
        .open(database.connectTimeout())
        .connection()
        .close();
  }

  /** Takes other settings: new connections are made by them, old ones end as they come back. */
  public void reconfigure(DatabaseSettings database) {
    boolean alike = database.connectsAs(database());
    logins.reconfigure(database);
    pool.setConnectionTimeout(Math.max(250, database.connectTimeout().toMillis()));
    if (!alike) {
      settings.incrementAndGet();
      pool.getHikariPoolMXBean().softEvictConnections();
    }
  }

  /** A server is in use from now on: connections to others end as they come back. */
  public void use(ServerPlace place) {
    logins.prefer(place);
    boolean elsewhere;
    synchronized (origins) {
      elsewhere = origins.values().stream().anyMatch(origin -> !origin.place.equals(place));
    }
    if (elsewhere) {
      pool.getHikariPoolMXBean().softEvictConnections();
    }
  }

  /** Whether a connection leads elsewhere than new ones do; who keeps it opens another. */
  public boolean isLeft(Connection connection) {
    Origin origin;
    try {
      origin = origins.get(connection.unwrap(Connection.class));
    } catch (SQLException e) {
      return true;
    }
    ServerPlace now = logins.preferred();
    return origin != null
        && (origin.settings != settings.get() || (now != null && !origin.place.equals(now)));
  }

  /** How long the server hasn't been reached. */
  public Outage outage() {
    return outage;
  }

  /** The process of a connection at the server; the first look at it makes it ready. */
  public Backend backendOf(Connection connection) throws SQLException {
    Connection physical = connection.unwrap(Connection.class);
    Backend known = backends.get(physical);
    if (known == null) {
      known = Backend.of(connection, sharing);
      backends.put(physical, known);
      looked.put(physical, System.nanoTime());
      fresh = known.fresh();
    }
    return known;
  }

  /** How a session is before each migration; all connections are to the same server. */
  public FreshSession fresh() {
    return fresh;
  }

  /** Whether a connection began under defaults that aren't in force any more. */
  private boolean isOutdated(Connection connection) throws SQLException {
    Connection physical = connection.unwrap(Connection.class);
    Backend known = backendOf(connection);
    long now = System.nanoTime();
    Long last = looked.get(physical);
    if (last != null && now - last < DEFAULTS_KNOWN_NANOS) {
      return false;
    }
    looked.put(physical, now);
    return known.isOutdated(connection);
  }

  /** The processes at the server of all connections; of some as well that are closed by now. */
  public Collection<Integer> processes() {
    synchronized (backends) {
      return backends.values().stream().map(Backend::worker).toList();
    }
  }

  /** Ends a connection instead of giving it back, since its state isn't known or it is bloated. */
  public void end(Connection connection) {
    pool.evictConnection(connection);
  }

  /** Counts schemas that the connection has touched and ends it once they are too many. */
  public void touched(Connection connection, int schemas) throws SQLException {
    Connection physical = connection.unwrap(Connection.class);
    if (schemasTouched.merge(physical, schemas, Integer::sum) >= SCHEMAS_PER_BACKEND) {
      end(connection);
    }
  }

  /**
   * Opens a connection outside of the pool.
   *
   * @param timeout how long it waits for any answer before it breaks
   */
  public Connection open(Duration timeout) throws SQLException {
    return lookedAt(connect(timeout));
  }

  /** Opens a connection as the pool's are. */
  Connection logIn() throws SQLException {
    return lookedAt(noted(null));
  }

  private Connection noted(@Nullable Duration patience) throws SQLException {
    int by = settings.get();
    ServerLogins.Opened opened = logins.open(patience);
    origins.put(opened.connection(), new Origin(opened.place(), by));
    return opened.connection();
  }

  private Connection lookedAt(Connection connection) throws SQLException {
    try {
      backendOf(connection);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
    return connection;
  }

  /**
   * The same, for what is to hear of others: refused where a pooler would lose that.
   *
   * @throws SQLException also with 0A000, if the process isn't the connection's own
   */
  public Connection openOwn(Duration timeout) throws SQLException {
    Connection connection = open(timeout);
    if (backendOf(connection).shared()) {
      connection.close();
      throw new SQLException("a pooler in transaction mode keeps no LISTEN", "0A000");
    }
    return connection;
  }

  private Connection connect(Duration timeout) throws SQLException {
    return noted(timeout);
  }

  @Override
  public void close() {
    pool.close();
  }
}
