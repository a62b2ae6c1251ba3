package dev.tenantgate.gateway.startup;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The {@code options} of a StartupMessage: command-line arguments for the backend, read as
 * PostgreSQL reads them ({@code pg_split_opts}, then {@code getopt} in {@code
 * process_postgres_switches}).
 *
 * <p>Arguments are split at white space; a backslash takes the next character as it is. Settings
 * are {@code -c name=value}, {@code -cname=value} and {@code --name=value}; a dash in a name means
 * an underscore; names are indifferent to case.
 */
final class CommandLineOptions {

  /** Switches of the backend that take an argument; the other letters take none. */
  private static final String SWITCHES_WITH_ARGUMENT = "BcCDdfhkprStvW";

  private final List<String> kept = new ArrayList<>();
  private final BiPredicate<String, String> consumer;

  private CommandLineOptions(BiPredicate<String, String> consumer) {
    this.consumer = consumer;
  }

  /**
   * Shows each setting to the consumer, in their order, and returns the options without those that
   * it took (said true to); empty if none are left.
   */
  static String takeSettings(String options, BiPredicate<String, String> consumer) {
    CommandLineOptions result = new CommandLineOptions(consumer);
    result.read(split(options));
    return join(result.kept);
  }

  private void read(List<String> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.startsWith("--") && argument.length() > 2) {
        offer(argument.substring(2), List.of(argument));
      } else if (argument.startsWith("-") && argument.length() > 1) {
        i += readCluster(argument, i + 1 < arguments.size() ? arguments.get(i + 1) : null);
      } else {
        // Ends getopt, or is an error of the backend's: all that follows is not ours to read.
        kept.addAll(arguments.subList(i, arguments.size()));
        return;
      }
    }
  }

  /**
   * One argument of single-letter switches, {@code -c…} alone or behind others ({@code -Ec
   * name=value}).
   *
   * @return how many further arguments belong to it
   */
  private int readCluster(String argument, @Nullable String next) {
    for (int at = 1; at < argument.length(); at++) {
      if (SWITCHES_WITH_ARGUMENT.indexOf(argument.charAt(at)) < 0) {
        continue;
      }
      boolean inside = at + 1 < argument.length();
      List<String> whole = inside || next == null ? List.of(argument) : List.of(argument, next);
      String value = inside ? argument.substring(at + 1) : next;
      if (argument.charAt(at) != 'c' || value == null) {
        kept.addAll(whole);
      } else if (at == 1) {
        offer(value, whole);
      } else if (taken(value)) {
        kept.add(argument.substring(0, at));
      } else {
        kept.addAll(whole);
      }
      return whole.size() - 1;
    }
    kept.add(argument);
    return 0;
  }

  private void offer(String setting, List<String> whole) {
    if (!taken(setting)) {
      kept.addAll(whole);
    }
  }

  private boolean taken(String setting) {
    int equals = setting.indexOf('=');
    return equals > 0
        && consumer.test(
            normalizeName(setting.substring(0, equals)), setting.substring(equals + 1));
  }

  /** The name of a setting as the backend compares it. */
  static String normalizeName(String name) {
    return name.replace('-', '_').toLowerCase(Locale.ROOT);
  }

  private static List<String> split(String options) {
    List<String> arguments = new ArrayList<>();
    int at = 0;
    while (true) {
      while (at < options.length() && isSpace(options.charAt(at))) {
        at++;
      }
      if (at == options.length()) {
        return arguments;
      }
      StringBuilder argument = new StringBuilder();
      while (at < options.length() && !isSpace(options.charAt(at))) {
        if (options.charAt(at) == '\\' && ++at == options.length()) {
          break;
        }
        argument.append(options.charAt(at++));
      }
      arguments.add(argument.toString());
    }
  }

  private static String join(List<String> arguments) {
    StringBuilder joined = new StringBuilder();
    for (String argument : arguments) {
      if (joined.length() > 0) {
        joined.append(' ');
      }
      for (int i = 0; i < argument.length(); i++) {
        char c = argument.charAt(i);
        if (c == '\\' || isSpace(c)) {
          joined.append('\\');
        }
        joined.append(c);
      }
    }
    return joined.toString();
  }

  /** As C's isspace has it. */
  private static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }
}
