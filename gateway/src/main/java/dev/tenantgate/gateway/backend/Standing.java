package dev.tenantgate.gateway.backend;

/** A backend's age, and its place among those of its owner, who keeps it. Event-loop confined. */
public final class Standing {

  private final long createdNanos;
  private final long epoch;
  private long idleSinceNanos;
  private long idleSinceTurn;
  private Object tenant = "";
  private boolean outdated;
  private Share share = () -> {};

  /** A lease's part of what its tenant may have. */
  @FunctionalInterface
  public interface Share {

    /** The lease is over; said once. */
    void end();
  }

  /**
   * Of a backend that has just logged in.
   *
   * @param nowNanos by {@link System#nanoTime}
   * @param epoch of its owner, in which its login began
   */
  public Standing(long nowNanos, long epoch) {
    this.createdNanos = nowNanos;
    this.idleSinceNanos = nowNanos;
    this.epoch = epoch;
  }

  /** When it logged in, by {@link System#nanoTime}. */
  public long createdNanos() {
    return createdNanos;
  }

  /** The epoch of its owner in which its login began. */
  public long epoch() {
    return epoch;
  }

  /** It is idle from now on, and from this turn of its owner's upkeep. */
  public void becomesIdle(long nowNanos, long turn) {
    idleSinceNanos = nowNanos;
    idleSinceTurn = turn;
  }

  /** Since when it has been idle, by {@link System#nanoTime}. */
  public long idleSinceNanos() {
    return idleSinceNanos;
  }

  /** The turn of its owner's upkeep in which it became idle. */
  public long idleSinceTurn() {
    return idleSinceTurn;
  }

  /** It leads where new connections don't any more: it is to end between transactions. */
  public void outdate() {
    outdated = true;
  }

  /** Whether it is to end between transactions. */
  public boolean isOutdated() {
    return outdated;
  }

  /** The tenant that its lease counts for, also where its holder has moved to another since. */
  public Object tenant() {
    return tenant;
  }

  /** A lease begins that counts for this tenant. */
  public void countsFor(Object other, Share taken) {
    tenant = other;
    share = taken;
  }

  /** The lease is over. */
  public void countsNoMore() {
    share.end();
    share = () -> {};
  }
}
