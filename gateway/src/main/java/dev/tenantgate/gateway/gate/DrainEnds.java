package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.drain.Drains;
import dev.tenantgate.gateway.tenant.TenantDirectory;
import dev.tenantgate.migrator.SchemaRef;
import org.jspecify.annotations.Nullable;

/**
 * Wakes the held sessions when a drain ends, or the gateway is in contact again. Thread-safe.
 *
 * @param afterRead wakes those who wait for a schema whose history was read, or couldn't be
 * @param all wakes everybody
 */
record DrainEnds(TenantDirectory directory, Drains drains, AfterRead afterRead, Runnable all)
    implements Drains.Listener {

  /** Told of each history that was read. */
  interface AfterRead {
    void read(SchemaRef schema, @Nullable Throwable error);
  }

  @Override
  public void unmarked(SchemaRef schema, long token) {
    directory
        .refresh(schema)
        .whenComplete(
            (snapshot, error) -> {
              if (error != null) {
                directory.forget(schema);
              }
              drains.release(schema, token);
              afterRead.read(schema, error);
            });
  }

  @Override
  public void returned() {
    directory.forgetAll();
  }

  @Override
  public void leaseGained() {
    all.run();
  }
}
