package dev.tenantgate.gateway.trial;

import java.io.IOException;

/**
 * A gateway as the trial's clients see it. Thread-safe.
 *
 * <p>Its connections may break while it is {@linkplain #disturb disturbed}; at any other time an
 * error is a failure.
 */
final class Entrance {

  private final GatewayProcess gateway;
  private volatile int required;
  private volatile boolean disturbed;
  private volatile boolean gone;

  /** Where each transaction needs that version of its schema, until a reload says otherwise. */
  Entrance(GatewayProcess gateway, int required) {
    this.gateway = gateway;
    this.required = required;
  }

  GatewayProcess gateway() {
    return gateway;
  }

  /** The version that a transaction needs if it begins now. */
  int required() {
    return required;
  }

  /** Has the gateway reload; from its answer on it requires that version. */
  void reload(int nowRequired) throws IOException, InterruptedException {
    gateway.reload();
    required = nowRequired;
  }

  /** From now on its connections may break. */
  void disturb() {
    disturbed = true;
  }

  /** From now on they mustn't break any more. */
  void calm() {
    disturbed = false;
  }

  boolean isDisturbed() {
    return disturbed;
  }

  /** Kills it; the clients connected to it go elsewhere. */
  void kill() throws InterruptedException {
    disturbed = true;
    gone = true;
    gateway.kill();
  }

  boolean isGone() {
    return gone;
  }
}
