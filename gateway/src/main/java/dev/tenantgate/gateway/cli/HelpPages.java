package dev.tenantgate.gateway.cli;

import dev.tenantgate.gateway.cli.migrate.RolloutOptions;
import java.lang.reflect.Member;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * The layout of every command's help: its own options first, then those that many or all commands
 * take, under headings. Stateless.
 */
final class HelpPages {

  private HelpPages() {}

  /** Gives a command and all below it this layout. */
  static void lay(CommandLine commandLine) {
    Map<String, IHelpSectionRenderer> sections = new HashMap<>(commandLine.getHelpSectionMap());
    sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, HelpPages::options);
    commandLine.setHelpSectionMap(sections);
    CommandLine help = commandLine.getSubcommands().get("help");
    if (help != null) {
      // Picocli's own, which has no example.
      help.getCommandSpec()
          .usageMessage()
          .footerHeading("%nExample:%n")
          .footer("  tenantgate help migrate");
    }
  }

  private static String options(Help help) {
    StringBuilder page = new StringBuilder();
    page.append(help.optionListExcludingGroups(of(help, Group.OWN)));
    page.append(help.optionListGroupSections());
    append(page, help, Group.RUN, "%nCareful runs over many tenants:%n");
    append(page, help, Group.COMMON, hasSettings(help) ? "%nCommon options:%n" : "");
    return page.toString();
  }

  private static void append(StringBuilder page, Help help, Group group, String heading) {
    List<OptionSpec> options = of(help, group);
    if (!options.isEmpty()) {
      page.append(help.createHeading(heading)).append(help.optionListExcludingGroups(options));
    }
  }

  /** A command that only has others below it takes nothing but the options for help. */
  private static boolean hasSettings(Help help) {
    return help.commandSpec().findOption("--config") != null;
  }

  private static List<OptionSpec> of(Help help, Group group) {
    return help.commandSpec().options().stream()
        .filter(option -> Group.of(option) == group)
        .toList();
  }

  /** Which part of the list an option belongs to. */
  enum Group {
    /** The command's own. */
    OWN,
    /** Of every command that runs over many schemas. */
    RUN,
    /** Of every command. */
    COMMON;

    static Group of(OptionSpec option) {
      if (option.usageHelp() || option.versionHelp()) {
        return COMMON;
      }
      Class<?> declared =
          option.userObject() instanceof Member member ? member.getDeclaringClass() : null;
      if (declared == CommonOptions.class) {
        return COMMON;
      }
      return declared == RolloutOptions.class ? RUN : OWN;
    }
  }
}
