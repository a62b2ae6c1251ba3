package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.traffic.TrafficCount;
import dev.tenantgate.gateway.traffic.TrafficCounters;
import dev.tenantgate.gateway.traffic.TrafficLevel;

/** Counts what one pool does, for its database and user and for all. Event-loop confined. */
final class PoolTraffic implements PoolMeter {

  private final PoolMeter all;
  private final TrafficCounters own;

  PoolTraffic(PoolMeter all, TrafficCounters own) {
    this.all = all;
    this.own = own;
  }

  @Override
  public void pooledConnecting() {
    all.pooledConnecting();
    own.change(TrafficLevel.SERVERS_OPENING, 1);
  }

  @Override
  public void pooledNotConnected() {
    all.pooledNotConnected();
    own.change(TrafficLevel.SERVERS_OPENING, -1);
  }

  @Override
  public void pooledOpened() {
    all.pooledOpened();
    own.change(TrafficLevel.SERVERS_OPENING, -1);
    own.change(TrafficLevel.SERVERS_IDLE, 1);
  }

  @Override
  public void pooledLent() {
    all.pooledLent();
    own.change(TrafficLevel.SERVERS_IDLE, -1);
    own.change(TrafficLevel.SERVERS_ACTIVE, 1);
  }

  @Override
  public void pooledReturned() {
    all.pooledReturned();
    own.change(TrafficLevel.SERVERS_ACTIVE, -1);
    own.change(TrafficLevel.SERVERS_IDLE, 1);
  }

  @Override
  public void pooledClosed(boolean wasLent) {
    all.pooledClosed(wasLent);
    own.change(wasLent ? TrafficLevel.SERVERS_ACTIVE : TrafficLevel.SERVERS_IDLE, -1);
  }

  @Override
  public void waitStarted() {
    all.waitStarted();
    own.change(TrafficLevel.CLIENTS_WAITING, 1);
  }

  @Override
  public void waitEnded(long nanos, boolean granted) {
    all.waitEnded(nanos, granted);
    own.change(TrafficLevel.CLIENTS_WAITING, -1);
    own.add(TrafficCount.WAIT_NANOS, nanos);
  }

  /** Somebody has waited longest since then; 0 for nobody. */
  void longestWaitSince(long nanos) {
    own.longestWaitSince(nanos);
  }
}
