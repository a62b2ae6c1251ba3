package dev.tenantgate.migrator.changelog;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The comments {@code Key: value} of a migration, with the lists that follow some of them. Keys are
 * in lower case. Immutable.
 *
 * @param entries in the order of the file
 */
record MigrationHeader(List<Entry> entries) {

  /** One line's text, without what makes it a comment. */
  record Comment(String text, int line) {}

  /** A key, its value, and the list that follows it. */
  record Entry(String key, String value, int line, List<Comment> items) {
    Entry {
      items = List.copyOf(items);
    }
  }

  MigrationHeader {
    entries = List.copyOf(entries);
  }

  /** Reads comments that follow one another. */
  static MigrationHeader of(List<Comment> comments) {
    List<Entry> entries = new ArrayList<>();
    for (Comment comment : comments) {
      String text = comment.text().strip();
      int colon = text.indexOf(':');
      boolean item = text.startsWith("- ") || text.startsWith("* ");
      if (item && !entries.isEmpty()) {
        Entry last = entries.remove(entries.size() - 1);
        List<Comment> items = new ArrayList<>(last.items());
        items.add(new Comment(text.substring(2).strip(), comment.line()));
        entries.add(new Entry(last.key(), last.value(), last.line(), items));
      } else if (colon > 0) {
        String key = text.substring(0, colon).strip().toLowerCase(Locale.ROOT);
        entries.add(new Entry(key, text.substring(colon + 1).strip(), comment.line(), List.of()));
      }
    }
    return new MigrationHeader(entries);
  }

  /**
   * Reads the comments at the head of some lines of an SQL file, down to the first that is neither
   * blank nor a comment.
   *
   * @param from the first line
   * @param to the line that ends it at the latest
   */
  static MigrationHeader ofSql(SourceText source, int from, int to) {
    List<Comment> comments = new ArrayList<>();
    for (int line = from; line < to && line <= source.lines(); line++) {
      String text = source.line(line).strip();
      if (text.isEmpty()) {
        continue;
      }
      if (!text.startsWith("--")) {
        break;
      }
      comments.add(new Comment(text.substring(2), line));
    }
    return of(comments);
  }

  /** All but the entries of these keys. */
  MigrationHeader without(String... keys) {
    return new MigrationHeader(
        entries.stream().filter(entry -> !List.of(keys).contains(entry.key())).toList());
  }

  /** The first entry of one of these keys; null if there is none. */
  @Nullable Entry find(String... keys) {
    return entries.stream()
        .filter(entry -> List.of(keys).contains(entry.key()))
        .findFirst()
        .orElse(null);
  }

  /** The first value that isn't empty of one of these keys; empty if there is none. */
  String value(String... keys) {
    return entries.stream()
        .filter(entry -> List.of(keys).contains(entry.key()) && !entry.value().isEmpty())
        .map(Entry::value)
        .findFirst()
        .orElse("");
  }
}
