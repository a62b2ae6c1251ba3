package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The routines of a database that may leave what can't be pooled in a session, unseen in the
 * statement that calls them. Immutable.
 *
 * @param called functions, and the views and tables that are read through one
 * @param written tables, and views of them, that run such a function when they are written to
 * @param untraceable those of them that leave what the server can't be asked about
 * @param reading functions, views and tables by which {@code currval} or {@code lastval} are called
 * @param readingIfWritten tables, and views of them, that do so when they are written to
 */
public record UnpoolableRoutines(
    RoutineNames called,
    RoutineNames written,
    RoutineNames untraceable,
    RoutineNames reading,
    RoutineNames readingIfWritten) {

  /** There are none, as in most databases. */
  public static final UnpoolableRoutines NONE =
      new UnpoolableRoutines(
          RoutineNames.NONE,
          RoutineNames.NONE,
          RoutineNames.NONE,
          RoutineNames.NONE,
          RoutineNames.NONE);

  /** One of these words is in every text that writes to a table. */
  private static final RoutineNames WRITING =
      RoutineNames.of(List.of("insert", "update", "delete", "merge", "copy", "truncate"));

  /** The effect of a text; null if it has none of the names in it. */
  public @Nullable SessionEffect usedBy(ByteBuf text, int from, int bytes) {
    if (untraceable.mentionedIn(text, from, bytes)) {
      return SessionEffect.UnseenState.UNTRACEABLE;
    }
    return called.mentionedIn(text, from, bytes)
            || (written.mentionedIn(text, from, bytes) && WRITING.mentionedIn(text, from, bytes))
        ? SessionEffect.UnseenState.TRACEABLE
        : null;
  }

  /** Whether anything reads what a sequence gave its session last. */
  public boolean readSequences() {
    return !reading.equals(RoutineNames.NONE) || !readingIfWritten.equals(RoutineNames.NONE);
  }

  /** Whether a text brings about that a sequence's last value in the session is read. */
  public boolean readSequencesIn(ByteBuf text, int from, int bytes) {
    return reading.mentionedIn(text, from, bytes)
        || (readingIfWritten.mentionedIn(text, from, bytes)
            && WRITING.mentionedIn(text, from, bytes));
  }
}
