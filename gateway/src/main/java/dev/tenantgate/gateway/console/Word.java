package dev.tenantgate.gateway.console;

import java.util.Locale;

/**
 * A piece of a command.
 *
 * @param text without its quotes; an unquoted name in small letters
 * @param kind how it was written
 */
record Word(String text, Kind kind) {

  /** The way in which a word is written. */
  enum Kind {
    /** A name without quotes, or a number. */
    PLAIN,
    /** A name in double quotes. */
    QUOTED,
    /** A text in single quotes. */
    TEXT,
    /** A character that belongs to no word. */
    SIGN
  }

  /** Whether it is that keyword, or that sign. */
  boolean is(String keyword) {
    return (kind == Kind.PLAIN || kind == Kind.SIGN) && text.equals(keyword);
  }

  /** Whether it can be the name of something. */
  boolean isName() {
    return kind != Kind.SIGN;
  }

  static Word plain(String text) {
    return new Word(text.toLowerCase(Locale.ROOT), Kind.PLAIN);
  }
}
