package dev.tenantgate.gateway.pool;

import dev.tenantgate.migrator.testing.TestPostgres;

/** The same on the newest server, which reports {@code search_path} itself. */
class HiddenWaysOnNewestIT extends HiddenWaysIT {

  @Override
  TestPostgres server() {
    return TestPostgres.latest();
  }
}
