package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Names that are looked for in queries' texts, wherever they stand: of functions that may switch
 * the tenant, and of what calls such functions. Compared without case, as the server folds names.
 * Immutable.
 */
public final class RoutineNames {

  /** No names: nothing is ever found. */
  public static final RoutineNames NONE = new RoutineNames(Set.of());

  private static final int FILTER_WORDS = 128;

  private final Set<String> names;
  private final int shortest;
  private final int longest;

  /** A bit for each name's hash: a word without its bit is none of them. */
  private final long[] filter = new long[FILTER_WORDS];

  private RoutineNames(Set<String> names) {
    this.names = names;
    this.shortest = names.stream().mapToInt(String::length).min().orElse(Integer.MAX_VALUE);
    this.longest = names.stream().mapToInt(String::length).max().orElse(0);
    for (String name : names) {
      int hash = hash(name);
      int bit = (hash ^ (hash >>> 16)) & (64 * FILTER_WORDS - 1);
      filter[bit >>> 6] |= 1L << bit;
    }
  }

  /** These names; one that isn't ASCII is compared byte by byte. */
  public static RoutineNames of(Collection<String> names) {
    return names.isEmpty()
        ? NONE
        : new RoutineNames(
            names.stream()
                .map(RoutineNames::bytewise)
                .map(RoutineNames::longestWord)
                .filter(word -> !word.isEmpty())
                .collect(Collectors.toUnmodifiableSet()));
  }

  private static String bytewise(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return new String(bytes, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
  }

  /** Of a name that has to be quoted, which no single word of a text equals. */
  private static String longestWord(String name) {
    return Arrays.stream(name.split("[\\x00-\\x7f&&[^a-z0-9_$]]+", -1))
        .max(Comparator.comparingInt(String::length))
        .orElse("");
  }

  /** Whether a text has one of the names in it, as a whole word. */
  public boolean mentionedIn(ByteBuf text, int from, int bytes) {
    if (names.isEmpty()) {
      return false;
    }
    int end = from + bytes;
    int at = from;
    while (at < end) {
      int word = at;
      int hash = 0;
      while (at < end && isPartOfWord(text.getByte(at))) {
        hash = 31 * hash + lower(text.getByte(at++));
      }
      int length = at - word;
      if (length >= shortest
          && length <= longest
          && mayBe(hash)
          && names.contains(
              text.toString(word, length, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT))) {
        return true;
      }
      at++;
    }
    return false;
  }

  /** Without a letter's case; the same for what {@link String#toLowerCase} makes equal. */
  private static int lower(int c) {
    int latin1 = c & 0xff;
    return latin1 < 0x80
        ? latin1 >= 'A' && latin1 <= 'Z' ? latin1 | 0x20 : latin1
        : latin1 >= 0xc0 && latin1 <= 0xde && latin1 != 0xd7 ? latin1 | 0x20 : latin1;
  }

  private static int hash(String name) {
    int hash = 0;
    for (int i = 0; i < name.length(); i++) {
      hash = 31 * hash + lower(name.charAt(i));
    }
    return hash;
  }

  private boolean mayBe(int hash) {
    int bit = (hash ^ (hash >>> 16)) & (64 * FILTER_WORDS - 1);
    return (filter[bit >>> 6] & (1L << bit)) != 0;
  }

  private static boolean isPartOfWord(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || b == '_'
        || b == '$'
        || b < 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RoutineNames routines && routines.names.equals(names);
  }

  @Override
  public int hashCode() {
    return names.hashCode();
  }

  @Override
  public String toString() {
    return names.toString();
  }
}
