package dev.tenantgate.gateway.tenant;

import dev.tenantgate.migrator.SchemaRef;
import org.jspecify.annotations.Nullable;

/** A schema's history couldn't be read. */
public final class LookupFailedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final Cause kind;

  /** The kind of failure. */
  public enum Cause {
    /** The database didn't answer. */
    UNREACHABLE,
    /** The database answered, but wouldn't give the history. */
    UNREADABLE,
    /** The gateway is shutting down. */
    CLOSED
  }

  LookupFailedException(SchemaRef schema, Cause kind, String why, @Nullable Throwable cause) {
    super("the history of schema \"" + schema + "\" can't be read: " + why, cause);
    this.kind = kind;
  }

  public Cause kind() {
    return kind;
  }
}
