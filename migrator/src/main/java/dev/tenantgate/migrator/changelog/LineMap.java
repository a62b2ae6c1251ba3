package dev.tenantgate.migrator.changelog;

import java.util.List;

/**
 * The lines of a file that the lines of a text come from. Immutable.
 *
 * @param firstLine the file's line that the text begins in, from 1
 * @param lines for each line of the text, the line of the file; empty if they simply follow one
 *     another
 */
public record LineMap(int firstLine, List<Integer> lines) {

  public LineMap {
    lines = List.copyOf(lines);
    if (firstLine < 1) {
      throw new IllegalArgumentException("lines count from 1, was " + firstLine);
    }
  }

  /** The lines of a text that stands in its file as it is. */
  public static LineMap from(int firstLine) {
    return new LineMap(firstLine, List.of());
  }

  /** The lines of a text that was decoded, such as a string literal with escapes. */
  public static LineMap of(List<Integer> lines) {
    return new LineMap(lines.get(0), lines);
  }

  /** The file's line for a line of the text, counted from 1. */
  public int of(int line) {
    if (lines.isEmpty()) {
      return firstLine + line - 1;
    }
    return lines.get(Math.min(Math.max(line, 1), lines.size()) - 1);
  }
}
