package dev.tenantgate.migrator.changelog;

/** The mark of a comment line. */
enum SqlMarker {
  UP,
  DOWN,
  /** A marker of dbmate, goose, tern: its way down would be run as part of the way up. */
  FOREIGN,
  NONE;

  static SqlMarker of(String commentLine) {
    String words = normalized(commentLine);
    return switch (words) {
      case "up migration" -> UP;
      case "down migration" -> DOWN;
      default ->
          words.startsWith("migrate:")
                  || words.startsWith("+goose ")
                  || words.contains("create above / drop below")
              ? FOREIGN
              : NONE;
    };
  }

  /** In lower case, without dashes and colons around it, single blanks within. */
  private static String normalized(String line) {
    StringBuilder words = new StringBuilder();
    boolean blank = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      boolean frame = c == '-' || Character.isWhitespace(c);
      if (frame) {
        blank = words.length() > 0;
      } else {
        if (blank) {
          words.append(' ');
          blank = false;
        }
        words.append(Character.toLowerCase(c));
      }
    }
    int end = words.length();
    while (end > 0 && words.charAt(end - 1) == ':') {
      end--;
    }
    return words.substring(0, end).strip();
  }
}
