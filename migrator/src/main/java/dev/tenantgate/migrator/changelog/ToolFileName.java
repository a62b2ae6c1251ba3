package dev.tenantgate.migrator.changelog;

/**
 * A file's name as its tool reads it. Immutable.
 *
 * @param way what the file is for
 * @param version as it stands there: {@code 000001}, {@code 1_2}; empty where it has none
 * @param name the words behind the version, without what ends the name; may be empty
 * @param identity by what the tool's history knows it
 * @param extension what its name ends with, without the dot
 */
record ToolFileName(Way way, String version, String name, String identity, String extension) {

  /** The purpose of a file. */
  enum Way {
    /** It applies a version. */
    UP,
    /** It takes one back. */
    DOWN,
    /** It stands for all versions up to its own, in a new schema. */
    BASELINE,
    /** It is applied whenever it has changed. */
    REPEATABLE
  }

  /** Whether it is SQL, and no program's code. */
  boolean isSql() {
    return extension.equals("sql");
  }
}
