package dev.tenantgate.migrator.changelog;

/**
 * A file of data that fills a new tenant's schema. Immutable.
 *
 * @param name the file's name; each is recorded by it, once for a schema
 * @param part its statements
 * @param checksum SHA-256 in lower-case hex of what it applies; see {@link Checksum}
 */
public record SeedFile(String name, SqlPart part, String checksum) {

  @Override
  public String toString() {
    return name;
  }
}
