package dev.tenantgate.migrator.changelog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.migrator.SchemaRef;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SeedTemplateTest {

  private static final SchemaRef TENANT = new SchemaRef("tenant_newcorp", "newcorp");

  private static String filled(String sql, Map<String, Optional<String>> values) {
    try {
      SeedFile file = new SeedFile("a.sql", new SqlPart(sql, 1, false), "");
      return file.of(TENANT, new SeedValues(values)).part().sql();
    } catch (SeedValueException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static String filled(String sql, String value) {
    return filled(sql, Map.of("v", Optional.of(value)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          SELECT ${v}|O'Neil|SELECT 'O''Neil'
          SELECT ${ v }|x|SELECT 'x'
          SELECT 'a ${v} b'|O'Neil|SELECT E'a O''Neil b'
          SELECT 'a\\b${v}'|x|SELECT E'a\\\\bx'
          SELECT E'a\\n${v}'|\\'|SELECT E'a\\n\\\\'''
          SELECT N'${v}'|x|SELECT E'x'
          SELECT ${v}|\\|SELECT E'\\\\'
          SELECT ${v}${v}|x|SELECT 'x' 'x'
          SELECT 'a',${v}'b'|x|SELECT 'a','x' 'b'
          SELECT '$${v}'|x|SELECT E'${v}'
          SELECT 1 -- ${v}|x|SELECT 1 -- ${v}
          SELECT /* ${w} */ ${v}|x|SELECT /* ${w} */ 'x'
          SELECT '${v}'|'); DROP TABLE a; --|SELECT E'''); DROP TABLE a; --'
          SELECT ${v}|'); DROP TABLE a; --|SELECT '''); DROP TABLE a; --'
          """)
  void aValueIsOneLiteral(String sql, String value, String expected) {
    assertThat(filled(sql, value)).isEqualTo(expected);
  }

  @Test
  void linesStayWhereTheyAre() {
    assertThat(filled("SELECT ${v},\n'${v}'", "a\nb\r\n"))
        .isEqualTo("SELECT E'a\\nb\\r\\n',\nE'a\\nb\\r\\n'");
  }

  @Test
  void theTenantsOwnAreThere() {
    assertThat(filled("SELECT ${name}, ${slug}, ${tenant}, ${schema}", Map.of()))
        .isEqualTo("SELECT 'newcorp', 'newcorp', 'newcorp', 'tenant_newcorp'");
    assertThat(
            filled(
                "${name} ${slug} ${admin.email} ${phone} '${phone}'",
                Map.of(
                    "name", Optional.of("New Corp"),
                    "slug", Optional.of("other"),
                    "admin.email", Optional.of("a@b"),
                    "phone", Optional.empty())))
        .isEqualTo("'New Corp' 'newcorp' 'a@b' NULL E''");
  }

  @Test
  void aValueIsNeverATemplate() {
    assertThat(filled("SELECT ${v}, '${v}'", "${name}")).isEqualTo("SELECT '${name}', E'${name}'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT\n${w}",
        "SELECT\n'${w}'",
        "SELECT\n\"${v}\"",
        "DO\n$$ BEGIN PERFORM ${v}; END $$",
        "SELECT\nU&'${v}'",
        "SELECT\n${v",
        "SELECT\n${1}"
      })
  void whatCannotBeIsRefusedWithItsLine(String sql) {
    assertThatThrownBy(() -> filled(sql, "x")).hasMessageMatching("a\\.sql:2: \\$\\{.*");
  }

  @Test
  void whatIsMissingIsNamedWithTheWayOn() {
    assertThatThrownBy(() -> filled("SELECT ${admin.email}", "x"))
        .hasMessage(
            "a.sql:1: ${admin.email} isn't given: it is a field of the request, or --value"
                + " admin.email=…; a text that is meant as it stands is written $${admin.email}");
  }

  @Test
  void namesAndValuesAreChecked() {
    assertThatThrownBy(() -> filled("", Map.of("a b", Optional.of("x"))))
        .hasMessageContaining("\"a b\" can't be the name of a value");
    for (String value : new String[] {"a\0b", "\uD800"}) {
      assertThatThrownBy(() -> filled("", value)).hasMessageContaining("can't store");
    }
  }
}
