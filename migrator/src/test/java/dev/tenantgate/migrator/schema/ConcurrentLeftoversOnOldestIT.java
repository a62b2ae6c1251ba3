package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.testing.TestPostgres;

/** The same on the oldest supported server. */
class ConcurrentLeftoversOnOldestIT extends ConcurrentLeftoversIT {

  @Override
  TestPostgres server() {
    return TestPostgres.oldest();
  }
}
