package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.testing.TestPostgres;

/** The same on the oldest supported server. */
class MigrateOneOnOldestIT extends MigrateOneIT {

  @Override
  TestPostgres server() {
    return TestPostgres.oldest();
  }
}
