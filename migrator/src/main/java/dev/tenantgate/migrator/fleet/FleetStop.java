package dev.tenantgate.migrator.fleet;

import java.util.Locale;

/** Why a run over many schemas didn't go to its end. */
public enum FleetStop {
  /** {@code public} couldn't be brought to the goal, and the tenants build on it. */
  PUBLIC_FAILED("public couldn't be done"),
  /** A tenant that had to succeed before others begin didn't. */
  CANARY_FAILED("a canary tenant failed"),
  /** As many tenants have failed as may. */
  TOO_MANY_FAILURES("too many tenants failed"),
  /** Not every tenant was taken back, so {@code public} stays as it is. */
  TENANT_FAILED("not every tenant was done"),
  /** A wave has ended, and the next is to be begun by hand. */
  WAVE_ENDED("a wave has ended"),
  /** It was cancelled: by an interrupt, a signal, or the migrator's closing. */
  CANCELLED("it was cancelled"),
  /** Some schemas were another process's, or couldn't be reached. */
  NOT_ALL_REACHED("not every schema could be brought to an end");

  private final String text;

  FleetStop(String text) {
    this.text = text;
  }

  /** As it stands in JSON: {@code canary_failed}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** In words. */
  @Override
  public String toString() {
    return text;
  }
}
