package dev.tenantgate.migrator.changelog;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One step of a schema, read from a file. Immutable.
 *
 * @param version its ordered number
 * @param name what the file's name says behind the number, without its extension: {@code
 *     add_multitenancy}
 * @param scope which schemas it is for
 * @param description from the header; empty where it has none
 * @param up the statements that apply it
 * @param down the statements that take it back; null where the file has none
 * @param checksum SHA-256 in lower-case hex (64 characters) of what is applied; see {@link
 *     Checksum}
 * @param source the file
 */
public record Migration(
    Version version,
    String name,
    MigrationScope scope,
    String description,
    SqlPart up,
    @Nullable SqlPart down,
    String checksum,
    Path source) {

  /** As people write it: {@code 3 (add_user_avatar)}. */
  @Override
  public String toString() {
    return version + " (" + name + ")";
  }
}
