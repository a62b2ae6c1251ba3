package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.cli.ExitCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options that exclude each other are refused before settings are read or anything connects. */
class ExcludingOptionsTest {

  @ParameterizedTest
  @CsvSource({
    "adopt --all --tenant a, exclude each other",
    "adopt --all --scope public, exclude each other",
    "adopt --force, --force goes with --undo",
    "adopt --undo --keep-view, --undo knows",
    "adopt --tenant a --scope public, --tenant and --scope public exclude each other",
    "up --tenant a --scope public, --tenant and --scope public exclude each other",
    "verify --tenant a --scope public, --tenant and --scope public exclude each other",
    "up --only 3, --only goes with",
    "up --only 3 --to 4 --tenant a, --only goes with",
    "up --accept-changes, --accept-changes goes with --resume",
  })
  void optionsAreRefusedAtOnce(String options, String refusal) {
    List<String> arguments = new ArrayList<>(List.of("migrate"));
    arguments.addAll(List.of(options.split(" ", -1)));
    arguments.addAll(
        List.of("--database-url", "postgresql://nobody@127.0.0.1:1/none", "--migrations", "/none"));

    Ran ran = Ran.command(arguments.toArray(new String[0]));

    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains(refusal);
  }
}
