package dev.tenantgate.migrator.changelog;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One step of a schema, read from a file.
 *
 * @param version its ordered number
 * @param name what the file's name says behind the number, without its extension: {@code
 *     add_multitenancy}
 * @param scope which schemas it is for
 * @param description from the header; empty where it has none
 * @param upSql the statements that apply it, as they stand in the file
 * @param downSql the statements that take it back; null where the file has none
 * @param checksum SHA-256 in lower-case hex (64 characters) of what is applied, indifferent to line
 *     ends and a BOM
 * @param source the file
 */
public record Migration(
    Version version,
    String name,
    MigrationScope scope,
    String description,
    String upSql,
    @Nullable String downSql,
    String checksum,
    Path source) {

  @Override
  public String toString() {
    return version + " (" + name + ")";
  }
}
