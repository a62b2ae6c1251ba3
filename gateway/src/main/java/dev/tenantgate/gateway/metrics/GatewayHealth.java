package dev.tenantgate.gateway.metrics;

import java.security.cert.X509Certificate;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How the gateway itself is, as it is asked at each scrape. Thread-safe. */
public interface GatewayHealth {

  /** Whether the database answers; null while that isn't known. */
  @Nullable Boolean isDatabaseUp();

  /** Whether the database server is a standby, where nothing is migrated. */
  boolean isDatabaseReadOnly();

  /** Clients left at the gateway that this one took over from; null if there was none. */
  @Nullable Integer predecessorClients();

  /** Whether transactions may begin, as far as this gateway's lease goes. */
  boolean holdsLease();

  /** How many schemas are drained for their migration, by this gateway's clients as well. */
  int drains();

  /** Whether the last reload was taken; the start counts as one. */
  boolean isReloadTaken();

  /** When settings and migrations were put in force last. */
  Instant reloadedAt();

  /** The certificate that clients are shown; null where TLS isn't offered. */
  @Nullable X509Certificate certificate();
}
