package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.history.HistoryMark;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Step;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An observation of a schema's history before its run began, so that the first try needn't look
 * again. Immutable.
 *
 * @param table what there was
 * @param ahead what there is to do, if the lease was free when the history was read: the first try
 *     can take the lease and do it in one message, provided that nobody had the lease since
 */
public record ObservedHistory(Table table, @Nullable Ahead ahead) {

  /** Where the history's table stands. */
  public enum Table {
    /** Nobody has looked, or what was seen has to be looked at again. */
    UNKNOWN,
    /** It is there and something is pending. */
    THERE,
    /** The schema is there without it. */
    MISSING
  }

  /**
   * The work for a schema whose lease nobody has had since.
   *
   * @param work the same for every schema with such a history
   * @param token the lease's; 0 if there was none yet
   * @param mark the history's; null if it isn't known
   */
  public record Ahead(Work work, long token, @Nullable HistoryMark mark) {}

  /**
   * The work for each schema with one and the same history.
   *
   * @param progress that history; of one such schema
   * @param steps what is to be done
   */
  public record Work(SchemaProgress progress, List<Step> steps) {
    public Work {
      steps = List.copyOf(steps);
    }
  }

  public static final ObservedHistory NONE = new ObservedHistory(Table.UNKNOWN, null);

  public static ObservedHistory of(SchemaHistory history) {
    return of(history, null);
  }

  public static ObservedHistory of(SchemaHistory history, @Nullable Ahead ahead) {
    if (!history.exists() || history.unreadable() != null) {
      return ahead == null ? NONE : new ObservedHistory(Table.UNKNOWN, ahead);
    }
    return new ObservedHistory(history.table() ? Table.THERE : Table.MISSING, ahead);
  }
}
