package dev.tenantgate.migrator.history;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A run over many schemas, as the registry has it. Immutable.
 *
 * @param id its number; grows from run to run
 * @param goal what is wanted of the schemas, such as {@code up} or {@code down to 5}
 * @param scope which schemas: {@code all}, {@code tenants}, or their names
 * @param changelog the digest of the migrations that it began with
 * @param by who began it: {@code user@host as role}
 * @param holder the process that has it, or had it last: host, process id and a random part
 * @param startedAt when it began
 * @param endedAt when it ended; null while it goes on, or if nobody could say so
 * @param state how it stands
 * @param reason why it didn't go to the end; null if it did, or goes on
 * @param total schemas that lacked something when it began
 * @param done those of them that succeeded
 * @param failed those of them whose migration failed
 */
public record RecordedRun(
    long id,
    String goal,
    String scope,
    String changelog,
    String by,
    String holder,
    Instant startedAt,
    @Nullable Instant endedAt,
    State state,
    @Nullable String reason,
    int total,
    int done,
    int failed) {

  /** How a run stands. */
  public enum State {
    /** Goes on. */
    RUNNING,
    /** Its process died, or couldn't be heard of for longer than a lease lasts. */
    INTERRUPTED,
    /** Ended before the end of its plan; {@link RecordedRun#reason} says why. */
    STOPPED,
    /** Every schema succeeded. */
    SUCCEEDED,
    /** Every schema was tried, and some failed. */
    FAILED,
    /** Was left unfinished, and a later run with the same goal took its place. */
    REPLACED,
    /** Was left unfinished, and somebody has said that it isn't to be gone on with. */
    DISCARDED;

    /** As it stands in JSON and messages: {@code interrupted}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whether it can be resumed. */
  public boolean isUnfinished() {
    return state == State.INTERRUPTED || state == State.STOPPED;
  }

  /** Schemas that weren't brought to an end. */
  public int left() {
    return total - done - failed;
  }
}
