package dev.tenantgate.migrator.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaNameTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT * FROM tenant_a.users | SELECT * FROM users",
        "CREATE FUNCTION tenant_a.f() | CREATE FUNCTION f()",
        "FROM \"tenant_a\".users | FROM users",
        "FROM my_tenant_a.users | FROM my_tenant_a.users",
        "FROM tenant_ab.users | FROM tenant_ab.users",
        "column tenant_a text | column tenant_a text",
        "SET search_path TO 'tenant_a', 'public' | SET search_path TO '{schema}', 'public'",
        "PERFORM set_config('x', 'tenant_a', true) | PERFORM set_config('x', '{schema}', true)",
      })
  void isLeftOutWhereItNamesTheSchema(String definition, String expected) {
    assertThat(SchemaName.leftOut(definition, "tenant_a")).isEqualTo(expected);
  }
}
