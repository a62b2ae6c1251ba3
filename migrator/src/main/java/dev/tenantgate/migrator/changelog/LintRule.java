package dev.tenantgate.migrator.changelog;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The rules for migrations that are valid. Each rule can be switched off by its id. */
public enum LintRule {
  /** An index built while nobody can write. */
  INDEX_NOT_CONCURRENT,
  /** A foreign key or check that is validated while nobody can write. */
  CONSTRAINT_NOT_VALID,
  /** A unique constraint or primary key whose index is built while nobody can read. */
  UNIQUE_CONSTRAINT,
  /** A column set to NOT NULL, which reads the whole table while nobody else can. */
  SET_NOT_NULL,
  /** A new column that is NOT NULL and has no default: fails where there are rows. */
  REQUIRED_COLUMN,
  /** A new column whose default is another one for each row: rewrites the table. */
  VOLATILE_DEFAULT,
  /** Another type of a column: most rewrite the table. */
  COLUMN_TYPE,
  /** Another name of a table or column: the application that runs still uses the old one. */
  RENAME,
  /** A column dropped that the application that runs may use. */
  DROP_COLUMN,
  /** A table dropped that the application that runs may use. */
  DROP_TABLE,
  /** Several transactions in a file, which become one. */
  TRANSACTION_CONTROL,
  /** A tenant's migration that names a schema: it does the same thing for every tenant. */
  SCHEMA_NAME,
  /** A migration that changes the search path, which is its schema alone. */
  SEARCH_PATH,
  /** A procedure or block outside of a transaction: a run that is killed may run it again. */
  AT_LEAST_ONCE,
  /** No way down. */
  MISSING_DOWN,
  /** A number that is left out. */
  VERSION_GAP,
  /** A file or folder among migrations that isn't read. */
  UNREAD_FILE;

  /** The rule of an id; empty if there is none. */
  public static Optional<LintRule> parse(String id) {
    String wanted = id.strip().toLowerCase(Locale.ROOT);
    return Arrays.stream(values()).filter(rule -> rule.id().equals(wanted)).findFirst();
  }

  /** As settings and directives name it: {@code index-not-concurrent}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
