package dev.tenantgate.gateway.routines;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Patterns in a body's words; {@link RoutinePatternsIT} tests that the server finds the same. */
class RoutinePatternsTest {

  static List<RoutineBody> bodies() {
    return RoutineBody.all();
  }

  @ParameterizedTest
  @MethodSource("bodies")
  void wordsTellWhatABodyDoes(RoutineBody body) {
    StringBuilder does = new StringBuilder();
    for (RoutinePattern pattern : RoutinePattern.values()) {
      does.append(pattern.isIn(body.text()) ? letter(pattern) : "");
    }

    assertThat(does).hasToString(body.does());
  }

  /** So that a question for one of them isn't asked of what another calls harmless. */
  @Test
  void whateverIsFoundIsNotHarmlessEither() {
    assertThat(RoutineBody.all())
        .allMatch(body -> body.does().isEmpty() || body.does().matches("A.*|Q"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "select set_config('work_mem', '1', false)         | work_mem",
        "SELECT Set_Config('App.Tenant', 'x', false)       | app.tenant",
        "select set_config('a.b', 'x', true)               | ",
        "select set_config(k, v, false)                    | *",
        "begin set work_mem to '1'; end                    | work_mem",
        "begin set session statement_timeout = 0; end      | statement_timeout",
        "begin set local role x; end                       | ",
        "begin set role x; end                             | role",
        "begin set session authorization x; end            | session_authorization",
        "begin set time zone 'UTC'; end                    | timezone",
        "begin set names 'UTF8'; end                       | client_encoding",
        "begin execute 'set schema ''x'''; end             | search_path",
        "update t set work_mem = 1                         | ",
        "update t set role = 1                             | ",
        "begin update t set a = 1; set a.b to 2; end       | a.b",
        "select 1                                          | ",
      })
  void parametersAreKnownByTheirNames(String body, String names) {
    assertThat(String.join(",", SetParameters.in(body))).isEqualTo(names == null ? "" : names);
  }

  static char letter(RoutinePattern pattern) {
    return switch (pattern) {
      case ANYTHING -> 'A';
      case PATH -> 'P';
      case STATE -> 'S';
      case UNTRACEABLE -> 'U';
      case SEQUENCE -> 'Q';
    };
  }
}
