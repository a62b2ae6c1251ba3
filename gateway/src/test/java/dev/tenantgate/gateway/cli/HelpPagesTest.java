package dev.tenantgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.cli.HelpPages.Group;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Every command's help: complete, in order, with an example that can be run. */
class HelpPagesTest {

  private static final CommandLine ROOT = Tenantgate.commandLine(new TenantgateCommand(Map.of()));

  private static void collect(CommandLine command, List<CommandLine> all) {
    all.add(command);
    command.getSubcommands().values().stream()
        .distinct()
        .forEach(subcommand -> collect(subcommand, all));
  }

  static List<CommandLine> commands() {
    List<CommandLine> all = new ArrayList<>();
    collect(ROOT, all);
    return all;
  }

  private static String name(CommandLine command) {
    return command.getCommandSpec().qualifiedName();
  }

  /** The words of the example, as a shell would pass them. */
  private static List<String> example(CommandLine command) {
    String line = CommandReference.example(command.getCommandSpec());
    assertThat(line).as(name(command)).startsWith("tenantgate");
    List<String> words = new ArrayList<>();
    for (String word : line.split(" (?=(?:[^']*'[^']*')*[^']*$)", -1)) {
      words.add(word.replace("'", ""));
    }
    return words.subList(1, words.size());
  }

  @TestFactory
  List<DynamicTest> commandsAndOptionsAreDescribed() {
    return commands().stream()
        .map(
            command ->
                DynamicTest.dynamicTest(
                    name(command),
                    () -> {
                      assertThat(command.getCommandSpec().usageMessage().description())
                          .as(name(command))
                          .isNotEmpty();
                      for (ArgSpec argument : command.getCommandSpec().args()) {
                        assertThat(String.join("", argument.description()))
                            .as(name(command) + " " + argument)
                            .isNotBlank();
                      }
                    }))
        .toList();
  }

  @TestFactory
  List<DynamicTest> exampleIsOneOfThisCommandAndCanBeParsed() {
    return commands().stream()
        .map(
            command ->
                DynamicTest.dynamicTest(
                    name(command),
                    () -> {
                      CommandLine fresh = Tenantgate.commandLine(new TenantgateCommand(Map.of()));
                      CommandLine.ParseResult parsed =
                          fresh.parseArgs(example(command).toArray(String[]::new));
                      String path = name(command);
                      assertThat(
                              parsed.asCommandLineList().stream().map(HelpPagesTest::name).toList())
                          .as("of %s, or of one below it", path)
                          .contains(path);
                    }))
        .toList();
  }

  @TestFactory
  List<DynamicTest> ownOptionsComeBeforeCommonOnes() {
    return commands().stream()
        .filter(command -> command.getCommandSpec().findOption("--config") != null)
        .map(
            command ->
                DynamicTest.dynamicTest(
                    name(command),
                    () -> {
                      String page = command.getUsageMessage(Ansi.OFF);
                      int heading = page.indexOf("\nCommon options:\n");
                      assertThat(heading).as(page).isPositive();
                      for (OptionSpec option : command.getCommandSpec().options()) {
                        int at = page.indexOf(option.longestName(), page.indexOf("\n    "));
                        boolean common = Group.of(option) == Group.COMMON;
                        assertThat(page.lastIndexOf(option.longestName()) > heading || !common)
                            .as(option.longestName())
                            .isTrue();
                        assertThat(at < heading || common).as(option.longestName()).isTrue();
                      }
                    }))
        .toList();
  }

  @Test
  void committedReferenceIsTheOneOfTheCode() throws Exception {
    Path committed = Path.of("COMMANDS.md");
    String page = CommandReference.markdown(ROOT);
    if (Boolean.getBoolean("reference.write")) {
      Files.writeString(committed, page);
    }
    assertThat(page)
        .as("gateway/COMMANDS.md: write it with -Dreference.write=true -Dtest=HelpPagesTest")
        .isEqualTo(Files.readString(committed));
    assertThat(page.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(120));
  }
}
