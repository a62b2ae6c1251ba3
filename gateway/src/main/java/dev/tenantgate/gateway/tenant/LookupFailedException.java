package dev.tenantgate.gateway.tenant;

import dev.tenantgate.migrator.SchemaRef;
import java.util.concurrent.CompletionException;
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

  /** Whether an error says that the database can't be reached. */
  public static boolean isOutage(@Nullable Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    return cause instanceof LookupFailedException failed && failed.kind == Cause.UNREACHABLE;
  }

  public Cause kind() {
    return kind;
  }
}
