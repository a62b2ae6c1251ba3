package dev.tenantgate.migrator.announce;

import dev.tenantgate.migrator.SchemaRef;

/** Told of the changes that other processes make. Called on the feed's own thread, in order. */
public interface ChangeListener {

  /** Another process changed the schema's history. */
  void changed(SchemaRef schema);

  /** Another process has marked schemas for draining, or has taken such marks off. */
  default void drainsChanged() {}

  /**
   * From now on every change is told; of those before, some may have been missed. Comes at the
   * start, and after every interruption.
   */
  void listening();
}
