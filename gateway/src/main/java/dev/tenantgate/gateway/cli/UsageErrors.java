package dev.tenantgate.gateway.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says in a line what is wrong with a command as it was typed. Stateless. */
final class UsageErrors implements IParameterExceptionHandler {

  /** So many names are offered. */
  private static final int MOST = 3;

  /** The words of an enum, which are written in small letters everywhere else. */
  private static final Pattern WORDS = Pattern.compile("expected one of \\[([A-Z_, ]+)]");

  @Override
  public int handleParseException(ParameterException exception, String[] arguments) {
    CommandLine command = exception.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("tenantgate: " + message(exception));
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'");
    err.flush();
    return ExitCode.USAGE;
  }

  private static String message(ParameterException exception) {
    String said = String.valueOf(exception.getMessage()).replaceAll("\\s*\\R\\s*", " ");
    Matcher words = WORDS.matcher(said);
    String message =
        words.find()
            ? said.replace(
                words.group(1), words.group(1).toLowerCase(Locale.ROOT).replace('_', '-'))
            : said;
    if (!(exception instanceof UnmatchedArgumentException unmatched)) {
      return message;
    }
    List<String> typed = unmatched.getUnmatched();
    if (unmatched.isUnknownOption()) {
      return message + meant(unmatched.getSuggestions());
    }
    String word = typed.get(0);
    String unknown = "there is no command %s".formatted(word);
    boolean group = !exception.getCommandLine().getSubcommands().isEmpty();
    return group
        ? unknown + meant(commands(word, exception.getCommandLine()))
        : "%s isn't understood behind %s"
            .formatted(
                String.join(" ", typed),
                exception.getCommandLine().getCommandSpec().qualifiedName());
  }

  private static String meant(List<String> names) {
    return names.isEmpty()
        ? ""
        : "; did you mean %s?".formatted(String.join(" or ", names.stream().limit(MOST).toList()));
  }

  /** The commands, of this group or of any, that a word may stand for. */
  private static List<String> commands(String word, CommandLine from) {
    Set<String> found = new LinkedHashSet<>();
    collect(word, from, found);
    CommandLine root = from;
    while (root.getParent() != null) {
      root = root.getParent();
    }
    collect(word, root, found);
    return new ArrayList<>(found);
  }

  private static void collect(String word, CommandLine of, Set<String> found) {
    for (Map.Entry<String, CommandLine> each : of.getSubcommands().entrySet()) {
      if (!each.getValue().getCommandSpec().usageMessage().hidden()) {
        if (isLike(word, each.getKey())) {
          found.add(each.getValue().getCommandSpec().qualifiedName());
        }
        collect(word, each.getValue(), found);
      }
    }
  }

  /** Whether a name begins as the word does, or takes two letters' change at most. */
  private static boolean isLike(String word, String name) {
    String typed = word.toLowerCase(Locale.ROOT);
    int allowed = Math.min(2, Math.max(0, typed.length() - 3));
    return (typed.length() > 2 && name.startsWith(typed)) || edits(typed, name) <= allowed;
  }

  private static int edits(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
