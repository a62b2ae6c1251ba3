package dev.tenantgate.gateway.server;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.SettingsError;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.auth.AuthQueryConnection;
import dev.tenantgate.gateway.connect.BackendTls;
import dev.tenantgate.gateway.connect.Server;
import dev.tenantgate.gateway.connect.ServerHosts;
import dev.tenantgate.gateway.pool.PoolServices;
import dev.tenantgate.migrator.Migrator;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The servers that the gateway connects to, and all that follows when another one is in use: by a
 * failover, a change of names, or other settings. Thread-safe.
 */
final class DatabaseServers {

  private static final Logger log = LoggerFactory.getLogger(DatabaseServers.class);

  private final ServerHosts hosts;
  private final AuthQueryConnection own;
  private final PoolServices pools;
  private final AtomicReference<@Nullable Server> inUse = new AtomicReference<>();
  private volatile Consumer<Server> follower = server -> {};

  DatabaseServers(ServerHosts hosts, AuthQueryConnection own, PoolServices pools) {
    this.hosts = hosts;
    this.own = own;
    this.pools = pools;
    hosts.onMove(this::moved);
  }

  /** The one that the gateway has logged in to last; null before the first. */
  @Nullable Server inUse() {
    return inUse.get();
  }

  /** Has somebody else follow as well, from the server in use on. */
  void follow(Consumer<Server> another) {
    follower = another;
    Server now = inUse.get();
    if (now != null) {
      another.accept(now);
    }
  }

  private void moved(Server server) {
    Server before = inUse.getAndSet(server);
    if (before != null && !before.is(server)) {
      log.atInfo()
          .addKeyValue("server", server)
          .addKeyValue("before", before)
          .log("another database server is in use; connections to others end between transactions");
    }
    pools.leaveOthers();
    follower.accept(server);
  }

  /** The parts made of settings before they are put in force. */
  record Prepared(DatabaseSettings settings, BackendTls tls) {}

  /**
   * Makes sure that the database can be had by other settings.
   *
   * @throws SettingsException if not
   */
  Prepared prepare(DatabaseSettings now, DatabaseSettings next) throws SettingsException {
    try {
      BackendTls tls = BackendTls.of(next);
      if (!next.connectsAs(now) && next.database().equals(now.database())) {
        Migrator.checkReachable(next);
      }
      return new Prepared(next, tls);
    } catch (SQLException e) {
      throw refused("database.url", "%s can't be used: %s".formatted(next, e.getMessage()));
    } catch (IllegalArgumentException e) {
      throw refused("database.ca", String.valueOf(e.getMessage()));
    }
  }

  private static SettingsException refused(String key, String message) {
    return new SettingsException(List.of(new SettingsError(key, null, message)));
  }

  /** Takes other settings. */
  void reconfigure(Prepared next) {
    hosts.reconfigure(next.settings(), next.tls());
    own.reconfigure(next.settings());
  }
}
