package dev.tenantgate.migrator.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SqlIdentifierTest {

  @Test
  void quotesNames() {
    assertThat(SqlIdentifier.quote("tenant_acme")).isEqualTo("\"tenant_acme\"");
    assertThat(SqlIdentifier.quote("o\"hara; --")).isEqualTo("\"o\"\"hara; --\"");
  }

  @Test
  void quotesTexts() {
    assertThat(SqlIdentifier.literal("it's")).isEqualTo("'it''s'");
    assertThat(SqlIdentifier.literal("a\\'b")).isEqualTo("E'a\\\\''b'");
  }

  @Test
  void refusesNul() {
    assertThatThrownBy(() -> SqlIdentifier.quote("a\0"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SqlIdentifier.literal("a\0"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
