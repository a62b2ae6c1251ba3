package dev.tenantgate.migrator.history;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An upgrade that somebody asked a gateway for, as the registry has it. Immutable.
 *
 * @param id its name, chosen by the gateway
 * @param tenant the tenant; null for an upgrade of all
 * @param by who asked for it
 * @param holder the gateway's process: host, process id and a random part
 * @param startedAt when it began
 * @param endedAt when it ended; null while it goes on, or if nobody could say so
 * @param state {@code running}, {@code interrupted} (its gateway died) or how it ended
 * @param total schemas that it is for
 * @param done those of them that have ended
 * @param failed those of them that didn't succeed
 * @param run the number of its run over many schemas; null if there is none
 * @param cancelledBy who has cancelled it; null if nobody has
 * @param answer the gateway's own words about it, once it has ended; else null
 */
public record RecordedOperation(
    String id,
    @Nullable String tenant,
    String by,
    String holder,
    Instant startedAt,
    @Nullable Instant endedAt,
    String state,
    int total,
    int done,
    int failed,
    @Nullable Long run,
    @Nullable String cancelledBy,
    @Nullable String answer) {

  /** The state of one that goes on. */
  public static final String RUNNING = "running";

  /** Whether it goes on. */
  public boolean isRunning() {
    return state.equals(RUNNING);
  }
}
