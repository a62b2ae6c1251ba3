package dev.tenantgate.migrator.lint;

import dev.tenantgate.migrator.sql.StatementTokens;
import org.jspecify.annotations.Nullable;

/**
 * A name as a statement has it.
 *
 * @param schema the schema in front of it; null if there is none
 * @param name the name itself
 * @param line the line of the script that it stands in
 * @param tokens how many tokens it takes
 */
record QualifiedName(@Nullable String schema, String name, int line, int tokens) {

  /** The name that begins at a place; null if there is none. */
  static @Nullable QualifiedName at(StatementTokens tokens, int index) {
    String first = tokens.at(index).name();
    if (first == null) {
      return null;
    }
    int line = tokens.at(index).line();
    String second = tokens.at(index + 1).is('.') ? tokens.at(index + 2).name() : null;
    return second == null
        ? new QualifiedName(null, first, line, 1)
        : new QualifiedName(first, second, line, 3);
  }

  /** The name with its schema, to be compared. */
  String key() {
    return schema == null ? name : schema + "." + name;
  }

  /** As people write it. */
  @Override
  public String toString() {
    return key();
  }
}
