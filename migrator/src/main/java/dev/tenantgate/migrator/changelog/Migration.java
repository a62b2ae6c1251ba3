package dev.tenantgate.migrator.changelog;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One step of a schema, read from a file or written in Java. Immutable.
 *
 * @param version its ordered number
 * @param name what the file's name says behind the number, without its extension: {@code
 *     add_multitenancy}
 * @param scope which schemas it is for
 * @param description from the header; empty where it has none
 * @param up what applies it
 * @param down what takes it back; null where there is nothing that does
 * @param checksum SHA-256 in lower-case hex (64 characters) of what is applied; see {@link
 *     Checksum}
 * @param source the file; of one written in Java, the name of its class
 * @param dependencies what it builds on; all of them are in the changelog, with lower versions
 */
public record Migration(
    Version version,
    String name,
    MigrationScope scope,
    String description,
    MigrationPart up,
    @Nullable MigrationPart down,
    String checksum,
    Path source,
    List<Dependency> dependencies) {

  public Migration {
    dependencies = List.copyOf(dependencies);
  }

  /** A migration that names nothing that it builds on. */
  public Migration(
      Version version,
      String name,
      MigrationScope scope,
      String description,
      MigrationPart up,
      @Nullable MigrationPart down,
      String checksum,
      Path source) {
    this(version, name, scope, description, up, down, checksum, source, List.of());
  }

  /** Whether it is applied again whenever its file changes, after all that have a version. */
  public boolean isRepeatable() {
    return version.isRepeatable();
  }

  /** Whether it is safe while the application works in the schema, by its own word. */
  public boolean isOnline() {
    return up.directives().online();
  }

  /** As people write it: {@code 3 (add_user_avatar)}. */
  @Override
  public String toString() {
    return name.isEmpty() || isRepeatable() ? version.toString() : version + " (" + name + ")";
  }
}
