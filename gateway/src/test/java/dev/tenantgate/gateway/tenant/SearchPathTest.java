package dev.tenantgate.gateway.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SearchPathTest {

  @Test
  void namesStandBetweenCommas() throws Exception {
    assertThat(names("tenant_acme, public")).containsExactly("tenant_acme", "public");
    assertThat(names("a,b ,\t c\n")).containsExactly("a", "b", "c");
  }

  @Test
  void blankIsEmpty() throws Exception {
    assertThat(names("")).isEmpty();
    assertThat(names(" \t ")).isEmpty();
  }

  @Test
  void unquotedNamesAreFoldedQuotedOnesArent() throws Exception {
    assertThat(names("Tenant_ACME, \"Tenant_ACME\"")).containsExactly("tenant_acme", "Tenant_ACME");
    assertThat(names("ÄÖ")).containsExactly("ÄÖ");
  }

  @Test
  void aQuoteInsideAQuotedNameIsDoubled() throws Exception {
    assertThat(names("\"a\"\"b, c\"")).containsExactly("a\"b, c");
    assertThat(names("\"\"\"\"")).containsExactly("\"");
  }

  @Test
  void aQuoteInsideAnUnquotedNameIsPartOfIt() throws Exception {
    assertThat(names("a\"b")).containsExactly("a\"b");
  }

  @ParameterizedTest
  @ValueSource(strings = {",", "a,", "a,,b", ",a", "a b", "\"a", "\"a\"b", "\"a\" b", "a, "})
  void whatTheServerRefusesIsRefused(String value) {
    assertThatThrownBy(() -> SearchPath.parse(value))
        .isInstanceOf(InvalidSearchPathException.class)
        .hasMessageContaining("at character");
  }

  @Test
  void namesAreCutTo63Bytes() throws Exception {
    assertThat(names("a".repeat(70))).containsExactly("a".repeat(63));
    assertThat(names("\"" + "ä".repeat(40) + "\"")).containsExactly("ä".repeat(31));
    assertThat(names("x" + "😀".repeat(20))).containsExactly("x" + "😀".repeat(15));
  }

  @Test
  void theUserStandsForItself() throws Exception {
    SearchPath path = SearchPath.parse("\"$user\", $USER, public, \"$USER\"");
    assertThat(path.schemas("tenant_acme"))
        .containsExactly("tenant_acme", "tenant_acme", "public", "$USER");
  }

  @Test
  void theEmptyNameFindsNoSchema() throws Exception {
    assertThat(SearchPath.parse("\"\"").schemas("app")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a, B, \"C d\", \"e\"\"f\"", "\"$user\", public", "\"\"", ""})
  void whatIsRenderedReadsBackTheSame(String value) throws Exception {
    SearchPath path = SearchPath.parse(value);
    assertThat(SearchPath.parse(path.toString())).isEqualTo(path);
  }

  private static List<String> names(String value) throws InvalidSearchPathException {
    return SearchPath.parse(value).names();
  }
}
