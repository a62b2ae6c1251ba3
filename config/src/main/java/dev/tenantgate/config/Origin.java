package dev.tenantgate.config;

import java.nio.file.Path;

/** Where the value of a setting came from, in words that lead a reader there. Immutable. */
public sealed interface Origin {

  /** Nobody gave the key; the code's default holds. */
  record Default() implements Origin {
    @Override
    public Rank rank() {
      return Rank.DEFAULT;
    }

    @Override
    public String toString() {
      return "default";
    }
  }

  /**
   * A line of the settings file.
   *
   * @param file the file, as it was named
   * @param line the line that the key stands on, from 1
   */
  record FileLine(Path file, int line) implements Origin {
    @Override
    public Rank rank() {
      return Rank.FILE;
    }

    @Override
    public String toString() {
      return file + ":" + line;
    }
  }

  /** An environment variable. */
  record Environment(String variable) implements Origin {
    @Override
    public Rank rank() {
      return Rank.ENVIRONMENT;
    }

    @Override
    public String toString() {
      return "environment " + variable;
    }
  }

  /** An option of the command. */
  record CommandLine() implements Origin {
    @Override
    public Rank rank() {
      return Rank.COMMAND_LINE;
    }

    @Override
    public String toString() {
      return "command line";
    }
  }

  /**
   * The content of a file that a {@code …-file} key names.
   *
   * @param content the file that holds the value
   * @param namedBy where that file was named
   */
  record FileContent(Path content, Origin namedBy) implements Origin {
    @Override
    public Rank rank() {
      return namedBy.rank();
    }

    @Override
    public String toString() {
      return namedBy + " (content of " + content + ")";
    }
  }

  /** A part of {@code database.url}. */
  record PartOfUrl(Origin url) implements Origin {
    @Override
    public Rank rank() {
      return url.rank();
    }

    @Override
    public String toString() {
      return url + " (in database.url)";
    }
  }

  /** Which origin wins over which: a later one over those before it. */
  enum Rank {
    DEFAULT,
    FILE,
    ENVIRONMENT,
    COMMAND_LINE
  }

  /** How this origin stands against others. */
  Rank rank();
}
