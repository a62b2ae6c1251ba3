package dev.tenantgate.migrator.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

class RowValuesTest {

  @AfterEach
  void restore() {
    RowValues.tell(false);
  }

  private static String failure(String state, Map<Character, String> fields) {
    StringBuilder text = new StringBuilder("SERROR\0C" + state + "\0");
    fields.forEach((type, value) -> text.append(type).append(value).append('\0'));
    return SqlFailure.of(new PSQLException(new ServerErrorMessage(text.toString()))).text();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "23505 | Key (lower(email))=(bill@x.org) already exists. | Key (lower(email))=(…) already"
            + " exists.",
        "23505 | Key (a, b)=(1, x) already exists. (y) already exists. | Key (a, b)=(…) already"
            + " exists.",
        "23505 | Key (a)=(secret) is duplicated. | Key (a)=(…) is duplicated.",
        "23503 | Key (a)=(secret) is not present in table \"t\". | Key (a)=(…) is not present in"
            + " table \"t\".",
        "23503 | Key (a)=(7) is still referenced from table \"t\". | Key (a)=(…) is still"
            + " referenced from table \"t\".",
        "23P01 | Key (r)=([1,3)) conflicts with existing key (r)=([2,4)). | Key (r)=(…) conflicts"
            + " with an existing key.",
        "23514 | Failing row contains (1, secret, null). | Failing row contains (…).",
        "23502 | Fehlgeschlagene Zeile enthält (1, secret). | …",
        "44000 | Failing row contains (1, secret). | Failing row contains (…).",
        "42P07 | whatever names a column is kept | whatever names a column is kept"
      })
  void detailKeepsNamesAndLosesValues(String state, String detail, String expected) {
    assertThat(RowValues.detail(state, detail)).isEqualTo(expected);
  }

  @Test
  void valueThatDoesNotFitIsTakenOutOfMessageDetailAndContext() {
    String text =
        failure(
            "22P02",
            Map.of(
                'M', "invalid input syntax for type integer: \"sec\"ret\"",
                'D', "Token \"secret\" is invalid.",
                'W', "PL/pgSQL function f() line 3 at EXECUTE\nSQL statement \"SELECT 'secret'\""));
    assertThat(text)
        .contains("invalid input syntax for type integer: \"…\"", "PL/pgSQL function f() line 3")
        .doesNotContain("secret", "sec\"ret");
  }

  @Test
  void wordsOfTheAuthorsOwnStay() {
    assertThat(failure("P0001", Map.of('M', "no plan \"gold\"", 'D', "Add it first.")))
        .contains("no plan \"gold\"", "Add it first.");
  }

  @Test
  void lostLeaseIsStillUnderstood() {
    String lost = "invalid input syntax for type integer: \"%s\"";
    ServerErrorMessage error =
        new ServerErrorMessage(
            "C22P02\0M" + lost.formatted(SqlFailure.leaseLost("tenant_a")) + "\0");
    assertThat(SqlFailure.of(new PSQLException(error)).kind())
        .isEqualTo(SqlFailure.Kind.LEASE_LOST);
  }

  @Test
  void valuesAreToldWhereTheSettingAsksForThem() {
    RowValues.tell(true);
    assertThat(failure("23505", Map.of('M', "m", 'D', "Key (a)=(secret) already exists.")))
        .contains("secret");
  }
}
