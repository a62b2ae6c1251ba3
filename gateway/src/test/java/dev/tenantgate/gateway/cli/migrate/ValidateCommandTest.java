package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.migrator.testing.TestChangelog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidateCommandTest {

  @TempDir Path folder;

  @BeforeEach
  void open() {
    new TestChangelog(folder)
        .with(
            "1_a.sql",
            "-- UP MIGRATION\nALTER TABLE a\n  RENAME TO b;\n-- DOWN MIGRATION\nSELECT 1;");
  }

  private Ran validate(String... arguments) {
    List<String> all = new ArrayList<>(List.of("migrate", "validate", "--migrations"));
    all.add(folder.toString());
    all.addAll(List.of(arguments));
    return Ran.command(all.toArray(new String[0]));
  }

  @Test
  void whatIsUnwiseIsAWarningWithItsRule() throws IOException {
    Ran result = validate("--output", "json");

    assertThat(result.exit()).isEqualTo(ExitCode.DONE);
    assertThat(result.json().at("/valid").asBoolean()).isTrue();
    assertThat(result.json().at("/warnings/0/rule").asText()).isEqualTo("rename");
    assertThat(result.json().at("/warnings/0/line").asInt()).isEqualTo(3);
  }

  @Test
  void strictMakesItAnError() {
    assertThat(validate("--strict").exit()).isEqualTo(ExitCode.FAILED);
    Ran bySetting = validate("--set", "migrations.lint=strict");
    assertThat(bySetting.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(bySetting.out()).contains("error: ", "1_a.sql:3: ", "[rename]");
  }

  @Test
  void aRuleCanBeSwitchedOff() {
    Ran result = validate("--strict", "--set", "migrations.lint-ignore=rename");

    assertThat(result.exit()).isEqualTo(ExitCode.DONE);
    assertThat(result.out()).contains("1 migration, 0 errors, 0 warnings");
  }

  @Test
  void aRuleThatIsNoneIsAWrongSetting() {
    Ran result = validate("--set", "migrations.lint-ignore=renam");

    assertThat(result.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("migrations.lint-ignore: there is no rule \"renam\"");
  }
}
