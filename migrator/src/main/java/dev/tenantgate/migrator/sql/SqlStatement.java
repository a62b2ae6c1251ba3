package dev.tenantgate.migrator.sql;

import java.util.List;

/**
 * One statement of a text. Immutable.
 *
 * @param start index of its first character; comments before it don't belong to it
 * @param end index behind its last token, without the semicolon
 * @param line the line that it begins in, from 1
 * @param words its first words (at most {@value #MAX_WORDS}): keywords and unquoted identifiers in
 *     upper case, quoted identifiers as they stand with their quotes, parentheses; all else left
 *     out
 * @param tokens how many tokens it has
 */
public record SqlStatement(int start, int end, int line, List<String> words, int tokens) {

  /** How many of a statement's words are kept. */
  public static final int MAX_WORDS = 16;

  public SqlStatement {
    words = List.copyOf(words);
  }

  /** The word at a place from 0; empty behind the last. */
  public String word(int index) {
    return index < words.size() ? words.get(index) : "";
  }

  /** Whether it begins with these words. */
  public boolean startsWith(String... expected) {
    for (int i = 0; i < expected.length; i++) {
      if (!word(i).equals(expected[i])) {
        return false;
      }
    }
    return true;
  }
}
