package dev.tenantgate.gateway.server;

import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.auth.AuthQueryConnection;
import dev.tenantgate.gateway.auth.Authenticators;
import dev.tenantgate.gateway.connect.BackendConnector;
import dev.tenantgate.gateway.connect.BackendHold;
import dev.tenantgate.gateway.connect.BackendLogin;
import dev.tenantgate.gateway.connect.CancelForwarder;
import dev.tenantgate.gateway.connect.ServerHosts;
import dev.tenantgate.gateway.drain.OpenSessions;
import dev.tenantgate.gateway.gate.Gate;
import dev.tenantgate.gateway.memory.HeapBudget;
import dev.tenantgate.gateway.memory.OutboundBudget;
import dev.tenantgate.gateway.pool.LoginOpener;
import dev.tenantgate.gateway.pool.PoolServices;
import dev.tenantgate.gateway.scram.KeyDerivation;
import dev.tenantgate.gateway.session.SessionServices;
import dev.tenantgate.gateway.session.WireMeter;
import dev.tenantgate.gateway.startup.FrontendTls;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.migrator.connection.NameService;

/**
 * The parts of a wire server that listen on nothing: the way to the server, the pools on it, and
 * the sessions that use them. Thread-safe.
 *
 * @param outbound for what waits to be written
 * @param hosts the servers of {@code database.url}
 * @param own the connection of the gateway's own account
 */
record WireParts(
    OutboundBudget outbound,
    ServerHosts hosts,
    AuthQueryConnection own,
    Authenticators authenticators,
    PoolServices pools,
    SessionServices sessions) {

  /**
   * Makes them.
   *
   * @throws SettingsException if the user list, the certificate or its key can't be read
   */
  static WireParts make(
      Settings settings,
      TenantRouter router,
      Gate gate,
      OpenSessions open,
      WireMeter meter,
      Transport transport,
      WireThreads threads,
      HeapBudget memory)
      throws SettingsException {
    OutboundBudget outbound = OutboundBudget.of(settings.limits());
    ServerHosts hosts =
        new ServerHosts(settings.database(), NameService.SYSTEM, threads.names(), System::nanoTime);
    BackendConnector connector =
        new BackendConnector(transport, hosts, outbound, FrontendListener.receiveBuffers(outbound));
    KeyDerivation derivation = new KeyDerivation(threads.keys());
    BackendLogin login = new BackendLogin(connector, derivation);
    AuthQueryConnection own =
        new AuthQueryConnection(login, threads.loops().next(), settings.database());
    hosts.checkBy(own::check);
    Authenticators authenticators = new Authenticators(own, derivation);
    PoolServices pools =
        new PoolServices(
            settings.pool(),
            new LoginOpener(login, open.backends()),
            settings.database().connectTimeout(),
            new CancelForwarder(connector),
            new BackendHold(
                settings.database().outageTimeout(), hosts::hasUntried, System::nanoTime),
            meter,
            own::row,
            memory,
            System::nanoTime);
    SessionServices sessions =
        new SessionServices(
            settings,
            router,
            authenticators.of(settings),
            FrontendTls.of(settings.listen().tls(), threads.keys()),
            gate,
            open,
            connector,
            login,
            pools,
            threads.disk(),
            threads.scanning(),
            memory,
            outbound,
            meter);
    return new WireParts(outbound, hosts, own, authenticators, pools, sessions);
  }
}
