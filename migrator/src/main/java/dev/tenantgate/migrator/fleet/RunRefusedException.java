package dev.tenantgate.migrator.fleet;

/** A run over many schemas that can't be begun as it was asked for. Nothing has run. */
public final class RunRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /** Why it can't. */
  public enum Reason {
    /** A canary isn't among the tenants. */
    NO_SUCH_CANARY,
    /** The unfinished run is going on in another process. */
    GOING_ON,
    /** Migrations were changed since the unfinished run began. */
    CHANGED
  }

  RunRefusedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
