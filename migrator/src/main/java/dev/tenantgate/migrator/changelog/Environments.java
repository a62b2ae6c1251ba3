package dev.tenantgate.migrator.changelog;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** The names of environments, as people write them into comments. Stateless. */
final class Environments {

  /** The word for every environment. */
  private static final Set<String> ALL = Set.of("", "all", "any", "none", "every");

  private Environments() {}

  /** Reads a list such as {@code Production-specific} or {@code staging, production}. */
  static Set<String> parse(String list) {
    Set<String> names = new TreeSet<>();
    for (String part : list.split("[,/|]", -1)) {
      String name = normalized(part);
      if (!ALL.contains(name)) {
        names.add(name);
      }
    }
    return names;
  }

  /** In lower case, without {@code -specific} and {@code only}. */
  static String normalized(String name) {
    String normal = name.strip().toLowerCase(Locale.ROOT);
    for (String suffix : new String[] {"specific", "only"}) {
      if (normal.endsWith("-" + suffix) || normal.endsWith(" " + suffix)) {
        normal = normal.substring(0, normal.length() - suffix.length() - 1).strip();
      }
    }
    return normal;
  }
}
