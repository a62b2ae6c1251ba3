package dev.tenantgate.migrator.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ObjectLimitTest {

  @Test
  void objectsOnlyOnceTheLimitIsReached() {
    assertThat(new ObjectLimit(1_000_000, 0).objection()).isNull();
    assertThat(new ObjectLimit(100, 20_000).objection()).isNull();
    assertThat(new ObjectLimit(19_999, 20_000).objection()).isNull();
    assertThat(new ObjectLimit(20_000, 20_000).objection())
        .contains("20000 objects", "sql.schema.approx_max_object_count");
  }
}
