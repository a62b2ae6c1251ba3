package dev.tenantgate.gateway.cli;

/** The exit codes of the process; a part of the outer contract. */
public final class ExitCode {

  /** Done; up to date. */
  public static final int DONE = 0;

  /** Failed. */
  public static final int FAILED = 1;

  /** Wrong usage or settings; the message names the option or the key. */
  public static final int USAGE = 2;

  /** Migrations are pending. */
  public static final int PENDING = 3;

  /** A migration of some tenant has failed; the others are done. */
  public static final int TENANT_FAILED = 4;

  private ExitCode() {}
}
