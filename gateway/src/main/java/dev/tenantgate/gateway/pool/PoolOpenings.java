package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.connect.LoggedInBackend;
import dev.tenantgate.gateway.protocol.Report;
import java.util.List;

/**
 * The connections that a pool is about to have: as many as its waiters need and its bounds allow.
 * Event-loop confined.
 */
final class PoolOpenings {

  private final BackendPool pool;
  private final WaitQueue waiters;
  private final PoolUpkeep upkeep;
  private final PoolServices services;
  private int underWay;

  PoolOpenings(BackendPool pool, WaitQueue waiters, PoolUpkeep upkeep, PoolServices services) {
    this.pool = pool;
    this.waiters = waiters;
    this.upkeep = upkeep;
    this.services = services;
  }

  /** How many are under way. */
  int underWay() {
    return underWay;
  }

  /** Opens what those who wait need, as far as the bounds allow. */
  void openIfNeeded() {
    if (pool.isClosed() || upkeep.isBackingOff()) {
      return;
    }
    pool.checkIdleForWaiters();
    if (upkeep.waitsForServer(wanted() > underWay)) {
      return;
    }
    while (underWay < wanted() && !pool.isClosed() && open()) {
      // As many as are wanted.
    }
  }

  /** Whether any are needed. */
  boolean areNeeded() {
    return !pool.isClosed() && wanted() > 0;
  }

  /** Opens one; false if there may be no more. */
  boolean open() {
    if (pool.backends().size() + underWay >= pool.bounds().ofPool()) {
      return false; // nobody else has any that could be given up, or asks for one of these
    }
    if (!services.budget().tryAcquire(pool.key(), pool.bounds())) {
      if (waiters.size() > 0) {
        services.makeRoomFor(pool);
      }
      return false;
    }
    underWay++;
    pool.meter().pooledConnecting();
    services.opener().open(pool.eventLoop(), pool.key(), new Opening());
    return true;
  }

  /** One for each who waits; and if nobody does, what keeps the pool warm. */
  private int wanted() {
    return Math.max(waiters.size(), pool.keepsWarm() - pool.idle());
  }

  private final class Opening implements BackendOpener.Listener {

    /** The epoch in which the login begins: the session may lack what later ones begin with. */
    private final long epoch = pool.backends().epoch();

    @Override
    public void opened(LoggedInBackend connection, List<byte[]> notices) {
      underWay--;
      services.hold().reached();
      pool.meter().pooledOpened();
      pool.backends().add(connection, notices, epoch);
    }

    @Override
    public void failed(Report report) {
      underWay--;
      pool.meter().pooledNotConnected();
      services.budget().release(pool.key());
      upkeep.notOpened(report, !pool.backends().hasHope());
    }
  }
}
