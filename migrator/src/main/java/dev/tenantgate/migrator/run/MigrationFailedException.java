package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.changelog.Migration;
import org.jspecify.annotations.Nullable;

/** The statements of a migration are at fault; the transaction that they were in is rolled back. */
final class MigrationFailedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient SqlFailure failure;
  private final transient MigrationScript.@Nullable Place place;

  MigrationFailedException(SqlFailure failure, MigrationScript.@Nullable Place place) {
    super(failure.text());
    this.failure = failure;
    this.place = place;
  }

  SqlFailure failure() {
    return failure;
  }

  /** The error with its file, and its line where the server said one. */
  String describe(Migration migration) {
    int line = place != null && place.migration().equals(migration) ? place.line() : 0;
    String at = line > 0 ? ":" + line : "";
    return "%s%s: %s".formatted(migration.source().getFileName(), at, failure.text());
  }
}
