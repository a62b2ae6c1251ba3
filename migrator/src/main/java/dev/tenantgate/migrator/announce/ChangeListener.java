package dev.tenantgate.migrator.announce;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.HistoryLook;

/** Told of the changes that other processes make. Called on the feed's own thread, in order. */
public interface ChangeListener {

  /** Another process changed the schema's history. */
  void changed(SchemaRef schema);

  /**
   * Another process says that a migration is committed for which the schema was drained. That its
   * history was changed is announced behind it in any case.
   */
  default void completed(SchemaRef schema, Completion completion) {}

  /**
   * Whether somebody waits for a change of the schema: then it is looked at here and now, and told
   * by {@link #found}.
   */
  default boolean isAwaited(SchemaRef schema) {
    return false;
  }

  /**
   * Another process changed the schema's history, and this is what there is now.
   *
   * @param askedNanos when the look began, by {@link System#nanoTime}
   */
  default void found(HistoryLook.Found found, long askedNanos) {
    changed(found.history().schema());
  }

  /** Another process has marked schemas for draining, or has taken such marks off. */
  default void drainsChanged() {}

  /**
   * From now on every change is told; of those before, some may have been missed. Comes at the
   * start, and after every interruption.
   */
  void listening();
}
