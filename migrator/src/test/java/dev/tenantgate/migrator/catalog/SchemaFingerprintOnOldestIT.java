package dev.tenantgate.migrator.catalog;

import dev.tenantgate.migrator.testing.TestPostgres;

/** The same on the oldest server that is supported. */
class SchemaFingerprintOnOldestIT extends SchemaFingerprintIT {

  @Override
  TestPostgres server() {
    return TestPostgres.oldest();
  }
}
