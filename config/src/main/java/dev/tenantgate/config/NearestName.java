package dev.tenantgate.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Finds what somebody meant who wrote a name that there isn't. */
final class NearestName {

  private NearestName() {}

  /** The candidate that takes the fewest edits; names at another depth count by their last part. */
  static String of(String name, Collection<String> candidates) {
    String wanted = normalized(name);
    return candidates.stream()
        .min(Comparator.comparingInt(candidate -> distance(wanted, normalized(candidate))))
        .orElseThrow();
  }

  /** {@code holdTimeout} and {@code hold_timeout} are {@code hold-timeout}. */
  private static String normalized(String name) {
    return name.replaceAll("([a-z])([A-Z])", "$1-$2").replace('_', '-').toLowerCase(Locale.ROOT);
  }

  private static int distance(String wanted, String candidate) {
    int whole = edits(wanted, candidate);
    // A known word under the wrong section is nearer than a stranger that looks alike.
    int lastPart = 1 + edits(lastPart(wanted), lastPart(candidate)) * 2;
    return Math.min(whole, lastPart);
  }

  private static String lastPart(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** Levenshtein's distance. */
  private static int edits(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(change, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
