package dev.tenantgate.gateway.cli;

import dev.tenantgate.gateway.cli.HelpPages.Group;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Makes COMMANDS.md of the commands as picocli knows them. Stateless. */
final class CommandReference {

  private static final int WIDTH = 118;

  private static final String HEAD =
      """
      # Commands

      Every command of `tenantgate`, as `tenantgate COMMAND --help` shows it. A test compares this page with the
      code.

      Exit codes: 0 done, up to date · 1 failed · 2 wrong usage or settings · 3 migrations are pending (`migrate
      status`, a run that stopped between waves) · 4 a migration of some tenant has failed (`migrate status`,
      `migrate up`), or its file was changed after it was applied.

      """;

  private CommandReference() {}

  /** The first command of the examples in a command's help. */
  static String example(CommandSpec command) {
    return Stream.of(command.usageMessage().footer())
        .map(String::strip)
        .filter(line -> line.startsWith("tenantgate"))
        .findFirst()
        .orElse("")
        .replace("%%", "%");
  }

  /** The whole page. */
  static String markdown(CommandLine root) {
    StringBuilder page = new StringBuilder(HEAD);
    Set<CommandSpec> commands = new LinkedHashSet<>();
    collect(root.getCommandSpec(), commands);
    List<CommandSpec> runnable = commands.stream().filter(CommandReference::isRunnable).toList();
    for (CommandSpec command : runnable) {
      String name = command.qualifiedName();
      line(
          page,
          "- [`%s`](#%s): %s".formatted(name, name.replace(' ', '-'), firstSentence(command)));
    }
    page.append("\n## Options of every command\n\n");
    line(page, "Of all but `demo`, which needs no settings.");
    page.append('\n');
    options(page, first(runnable, command -> command.findOption("--config") != null), Group.COMMON);
    page.append("\n## Options of a careful run\n\n");
    line(page, "Of " + named(runnable) + ".");
    page.append('\n');
    options(page, first(runnable, command -> has(command, Group.RUN)), Group.RUN);
    runnable.forEach(command -> append(page, command));
    return page.toString().stripTrailing() + "\n";
  }

  private static String firstSentence(CommandSpec command) {
    String text = String.join(" ", command.usageMessage().description());
    int end = text.indexOf(". ");
    return end < 0 ? text : text.substring(0, end + 1);
  }

  private static CommandSpec first(List<CommandSpec> commands, Predicate<CommandSpec> which) {
    return commands.stream().filter(which).findFirst().orElseThrow();
  }

  /** The commands that take the options of a careful run. */
  private static String named(List<CommandSpec> commands) {
    return commands.stream()
        .filter(command -> has(command, Group.RUN))
        .map(command -> "`migrate " + command.name() + "`")
        .collect(Collectors.joining(", "));
  }

  private static boolean isRunnable(CommandSpec command) {
    return !command.usageMessage().hidden()
        && (command.subcommands().isEmpty() && !command.name().equals("help"));
  }

  private static void collect(CommandSpec command, Set<CommandSpec> all) {
    all.add(command);
    command.subcommands().values().forEach(below -> collect(below.getCommandSpec(), all));
  }

  private static void append(StringBuilder page, CommandSpec command) {
    page.append("\n## ").append(command.qualifiedName()).append("\n\n");
    line(page, String.join(" ", command.usageMessage().description()));
    page.append("\n    ").append(example(command)).append("\n");
    List<PositionalParamSpec> parameters = command.positionalParameters();
    if (!parameters.isEmpty() || has(command, Group.OWN)) {
      page.append('\n');
    }
    parameters.forEach(parameter -> item(page, "`" + parameter.paramLabel() + "`", parameter));
    options(page, command, Group.OWN);
    if (has(command, Group.RUN)) {
      line(page, "- and the [options of a careful run](#options-of-a-careful-run)");
    }
  }

  private static boolean has(CommandSpec command, Group group) {
    return command.options().stream().anyMatch(option -> Group.of(option) == group);
  }

  private static void options(StringBuilder page, CommandSpec command, Group group) {
    command.options().stream()
        .filter(option -> Group.of(option) == group && !option.hidden())
        .sorted(Comparator.comparing(OptionSpec::longestName))
        .forEach(option -> item(page, names(option), option));
  }

  private static String names(OptionSpec option) {
    String label = option.typeInfo().isBoolean() ? "" : " " + option.paramLabel();
    return Stream.of(option.names())
        .map(name -> "`" + name + label + "`")
        .collect(Collectors.joining(", "));
  }

  private static void item(StringBuilder page, String names, ArgSpec argument) {
    line(
        page,
        "- %s: %s%s"
            .formatted(
                names,
                String.join(" ", argument.description()),
                argument.required() && argument.isOption() ? " Required." : ""));
  }

  private static void line(StringBuilder page, String text) {
    String indent = text.startsWith("- ") ? "  " : "";
    int column = 0;
    for (String word : text.replace("%%", "%").split(" ", -1)) {
      if (column > 0 && column + 1 + word.length() > WIDTH) {
        page.append('\n').append(indent);
        column = indent.length();
      } else if (column > 0) {
        page.append(' ');
        column++;
      }
      page.append(word);
      column += word.length();
    }
    page.append('\n');
  }
}
