package dev.tenantgate.migrator.session;

import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.connection.SqlFailure;
import org.jspecify.annotations.Nullable;

/** The statements of a migration are at fault; the transaction that they were in is rolled back. */
public final class MigrationFailedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient SqlFailure failure;
  private final transient MigrationScript.@Nullable Place place;

  public MigrationFailedException(SqlFailure failure, MigrationScript.@Nullable Place place) {
    super(failure.text());
    this.failure = failure;
    this.place = place;
  }

  /**
   * The same, with what is known of a name that is missed.
   *
   * @param session is in no transaction any more
   */
  public static MigrationFailedException of(
      WorkerSession session, SqlFailure failure, MigrationScript.@Nullable Place place) {
    return new MigrationFailedException(MissingName.told(session, failure), place);
  }

  public SqlFailure failure() {
    return failure;
  }

  /** The same, known to be in a part, if not where in it. */
  public MigrationFailedException in(MigrationPart part) {
    return new MigrationFailedException(failure, new MigrationScript.Place(part, 0));
  }

  /** The part that failed; null if that isn't known. */
  public @Nullable MigrationPart part() {
    return place == null ? null : place.part();
  }

  /** Whether the server said where. */
  public boolean isPlaced() {
    return place != null;
  }

  /** The error with its place, where the server said one. */
  public String describe() {
    return place == null ? failure.text() : describe(place.part());
  }

  /** The error with its file, and its line where the server said one. */
  public String describe(MigrationPart part) {
    int line = place != null && place.part().equals(part) ? place.line() : 0;
    return part.describe(line) + ": " + failure.text();
  }
}
