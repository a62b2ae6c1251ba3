package dev.tenantgate.gateway.server;

import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.metrics.GatewayHealth;
import java.security.cert.X509Certificate;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How the parts of the gateway are. Thread-safe. */
record CurrentHealth(GateService gateService, WireServer wire, GatewayReload reload)
    implements GatewayHealth {

  @Override
  public @Nullable Boolean isDatabaseUp() {
    return wire.isDatabaseUp();
  }

  @Override
  public boolean isDatabaseReadOnly() {
    return gateService.drains().isReadOnly();
  }

  @Override
  public @Nullable Integer predecessorClients() {
    return wire.predecessorClients();
  }

  @Override
  public boolean holdsLease() {
    return gateService.drains().hasLease();
  }

  @Override
  public int drains() {
    return gateService.drains().number();
  }

  @Override
  public boolean isReloadTaken() {
    return reload.isTaken();
  }

  @Override
  public Instant reloadedAt() {
    return reload.takenAt();
  }

  @Override
  public @Nullable X509Certificate certificate() {
    return wire.certificate();
  }
}
