package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.changelog.MigrationPart;
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

  /**
   * The same, with what is known of a name that is missed.
   *
   * @param session is in no transaction any more
   */
  static MigrationFailedException of(
      WorkerSession session, SqlFailure failure, MigrationScript.@Nullable Place place) {
    return new MigrationFailedException(MissingName.told(session, failure), place);
  }

  SqlFailure failure() {
    return failure;
  }

  /** The same, known to be in a part, if not where in it. */
  MigrationFailedException in(MigrationPart part) {
    return new MigrationFailedException(failure, new MigrationScript.Place(part, 0));
  }

  /** What it is in; null if that isn't known. */
  @Nullable MigrationPart part() {
    return place == null ? null : place.part();
  }

  /** Whether the server said where. */
  boolean isPlaced() {
    return place != null;
  }

  /** The error with its place, where the server said one. */
  String describe() {
    return place == null ? failure.text() : describe(place.part());
  }

  /** The error with its file, and its line where the server said one. */
  String describe(MigrationPart part) {
    int line = place != null && place.part().equals(part) ? place.line() : 0;
    return part.describe(line) + ": " + failure.text();
  }
}
