package dev.tenantgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageErrorsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "statu                         | no command statu; did you mean tenantgate migrate status?",
        "status                        | did you mean tenantgate migrate status?",
        "adopt                         | did you mean tenantgate migrate adopt?",
        "sevre                         | did you mean tenantgate serve?",
        "migrate statuss               | did you mean tenantgate migrate status?",
        "tenant creat x                | did you mean tenantgate tenant create",
        "migrate                       | a command is needed",
        "migrate xyzzy                 | there is no command xyzzy",
        "migrate status --tenat x      | did you mean --tenant?",
        "migrate status acme           | acme isn't understood behind tenantgate migrate status",
        "migrate status --state behnd  | expected one of [current, behind, migrating",
        "migrate status --output yaml  | expected one of [text, json]",
        "migrate mark                  | Missing required parameter: 'V'",
        "migrate baseline              | Missing required option: '--version=V'",
        "migrate runs --discard x      | 'x' is not a",
        "tenant create                 | Missing required parameter",
        "--nonsense                    | --nonsense",
      })
  void aMistakeIsToldInOneLineWithTheHelpToTry(String typed, String told) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();

    int exit =
        Tenantgate.run(
            Map.of("TENANTGATE_DATABASE_URL", "postgresql://a@127.0.0.1:1/x"),
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            typed.split(" "));

    assertThat(exit).as(err.toString()).isEqualTo(ExitCode.USAGE);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines().toList()).hasSize(2);
    assertThat(err.toString()).startsWith("tenantgate: ").contains(told);
    assertThat(err.toString().lines().toList().get(1)).matches("Try 'tenantgate.* --help'");
  }
}
