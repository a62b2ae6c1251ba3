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

  /** The server cuts longer names off, at a character's begin, and goes on with the rest. */
  private static final int MOST_NAME_BYTES = 63;

  private static final int LEAST_CUT_BYTES = MOST_NAME_BYTES - 3;

  /** Each byte as it counts in a word, without case; 0 for what isn't part of one. */
  private static final byte[] FOLDED = new byte[256];

  static {
    for (int b = 0; b < FOLDED.length; b++) {
      boolean isPart =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || b == '_'
              || b == '$'
              || b >= 0x80;
      FOLDED[b] = isPart ? (byte) lower(b) : 0;
    }
  }

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

  /** Whether a name has a word that can be looked for; one of spaces, say, has none. */
  static boolean hasWord(String name) {
    return !longestWord(bytewise(name)).isEmpty();
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
    if (longest == 0) {
      return false;
    }
    int end = from + bytes;
    int word = from;
    int hash = 0;
    int at = from;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      long eight = text.getLongLE(at);
      for (int i = 0; i < Long.BYTES; i++, eight >>>= Byte.SIZE) {
        int folded = FOLDED[(int) eight & 0xff];
        if (folded != 0) {
          hash = 31 * hash + (folded & 0xff);
        } else {
          if (mayBe(hash, at + i - word) && isOne(text, word, at + i)) {
            return true;
          }
          word = at + i + 1;
          hash = 0;
        }
      }
    }
    for (; at < end; at++) {
      int folded = FOLDED[text.getByte(at) & 0xff];
      if (folded != 0) {
        hash = 31 * hash + (folded & 0xff);
      } else {
        if (mayBe(hash, at - word) && isOne(text, word, at)) {
          return true;
        }
        word = at + 1;
        hash = 0;
      }
    }
    return mayBe(hash, end - word) && isOne(text, word, end);
  }

  /** Whether a word is one of the names, or the server makes one of it. */
  private boolean isOne(ByteBuf text, int word, int end) {
    if (end - word <= MOST_NAME_BYTES) {
      return isName(text, word, end);
    }
    for (int bytes = LEAST_CUT_BYTES; bytes <= MOST_NAME_BYTES; bytes++) {
      if (isName(text, word, word + bytes)) {
        return true;
      }
    }
    return false;
  }

  private boolean isName(ByteBuf text, int word, int end) {
    return names.contains(
        text.toString(word, end - word, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT));
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

  private boolean mayBe(int hash, int length) {
    if (length < shortest || length > longest) {
      return length > MOST_NAME_BYTES && longest >= LEAST_CUT_BYTES;
    }
    int bit = (hash ^ (hash >>> 16)) & (64 * FILTER_WORDS - 1);
    return (filter[bit >>> 6] & (1L << bit)) != 0;
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
