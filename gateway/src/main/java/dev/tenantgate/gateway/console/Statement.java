package dev.tenantgate.gateway.console;

import java.util.List;

/**
 * One statement of a text.
 *
 * @param text as it was sent, without what separates it from others
 * @param words at least one
 */
record Statement(String text, List<Word> words) {

  /** Whether these keywords are all of it. */
  boolean is(String... keywords) {
    return words.size() == keywords.length && begins(keywords);
  }

  /** Whether it begins with these keywords. */
  boolean begins(String... keywords) {
    if (words.size() < keywords.length) {
      return false;
    }
    for (int i = 0; i < keywords.length; i++) {
      if (!words.get(i).is(keywords[i])) {
        return false;
      }
    }
    return true;
  }

  /** Whether a word stands there that is a name. */
  boolean hasName(int at) {
    return at < words.size() && words.get(at).isName();
  }
}
