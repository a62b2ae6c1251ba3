package dev.tenantgate.migrator.drain;

import java.util.List;

/**
 * Told of drains and of the other gateways. Called on the membership's own thread, one at a time.
 */
public interface MembershipListener {

  /** The drains in force, all of them; told after each look. */
  void drains(List<DrainMark> marks);

  /**
   * The processes at the server that run this gateway's transactions, or may come to; asked about
   * once a second, and after {@link Membership#list}. Returns at once.
   */
  int[] backends();

  /**
   * Migrations wait for this gateway's transactions, so those may begin.
   *
   * @param fromNanos from when on, by {@link System#nanoTime}
   * @param untilNanos until when, unless this is told again
   */
  void vouched(long fromNanos, long untilNanos);

  /**
   * The gateway wasn't heard of for too long, and is again: what it knew of schemas may be wrong.
   * Told before {@link #vouched}.
   */
  void returned();

  /**
   * The server is a standby, where nobody migrates, and nobody can meet: transactions may begin for
   * as long as {@link #vouched} says. Told at the first look, and when it is over.
   */
  void readOnly(boolean now);

  /**
   * There are no tables to meet in, and the account may not make them: this gateway is by itself,
   * and no migration waits for it.
   *
   * @param reason why
   */
  void alone(String reason);
}
