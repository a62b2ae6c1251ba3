package dev.tenantgate.migrator.foreign;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDateTime;
import org.jspecify.annotations.Nullable;

/**
 * A row of a history, of whatever tool: {@link ForeignSelect} gives its columns these places.
 *
 * @param schema the name of the tenant, or of its schema, that the row is for; null where all are
 * @param version the tool's version; null where it has none
 * @param name the tool's name; null where it has none
 * @param group what the name is unique in; null where that is the history
 * @param appliedAt when; null where the tool doesn't say
 * @param done whether it is applied; null where the tool has no word for it
 * @param kind what kind of row it is, in the tool's own words; null where there is but one
 * @param detail what else the tool says of it, such as an error; null if nothing
 */
record ForeignRow(
    @Nullable String schema,
    @Nullable String version,
    @Nullable String name,
    @Nullable String group,
    @Nullable LocalDateTime appliedAt,
    @Nullable Boolean done,
    @Nullable String kind,
    @Nullable String detail) {

  /** Reads the row that a result is at. */
  static ForeignRow of(ResultSet row) throws SQLException {
    boolean isDone = row.getBoolean(6);
    Boolean done = row.wasNull() ? null : isDone;
    return new ForeignRow(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getObject(5, LocalDateTime.class),
        done,
        row.getString(7),
        row.getString(8));
  }

  /** The part of this row in the history's fingerprint. */
  long mark() {
    String line =
        String.join(
            "\u001f",
            text(version),
            text(name),
            text(group),
            done == null ? "" : done ? "t" : "f",
            text(kind));
    try {
      byte[] digest =
          MessageDigest.getInstance("MD5").digest(line.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(digest).getInt() & 0xffff_ffffL;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has MD5", e);
    }
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }

  /** The migration that it tells of. */
  AppliedMigration migration(@Nullable String tag) {
    return new AppliedMigration(version, name, group, appliedAt, tag, null);
  }

  /** The repeatable migration that it tells of, whose checksum is the detail. */
  AppliedMigration repeatable() {
    return new AppliedMigration(null, name, group, appliedAt, null, detail);
  }
}
