package dev.tenantgate.migrator.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ServersIT {

  @Test
  void servesTheNewestVersion() {
    try (TestDatabase database = TestPostgres.latest().newDatabase()) {
      assertThat(database.value("SELECT current_database()")).isEqualTo(database.name());
      assertThat(TestPostgres.latest().majorVersion()).isEqualTo(18);
    }
  }

  @Test
  void servesTheOldestVersion() {
    try (TestDatabase database = TestPostgres.oldest().newDatabase()) {
      assertThat(database.value("SELECT current_database()")).isEqualTo(database.name());
      assertThat(TestPostgres.oldest().majorVersion()).isEqualTo(14);
    }
  }
}
