package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.SchemaRef;

/**
 * A file of data that fills a new tenant's schema. Immutable.
 *
 * @param name the file's name; each is recorded by it, once for a schema
 * @param part its statements
 * @param checksum SHA-256 in lower-case hex of what it applies; see {@link Checksum}
 */
public record SeedFile(String name, SqlPart part, String checksum) {

  /**
   * The same for one tenant: what was said of it stands where the file asks for it.
   *
   * @throws SeedValueException if it asks for a value that isn't given
   */
  public SeedFile of(SchemaRef schema, SeedValues values) throws SeedValueException {
    return SeedTemplate.fill(this, values.of(schema));
  }

  /** The same with other statements, on the same lines. */
  SeedFile with(String sql) {
    return new SeedFile(
        name,
        new SqlPart(
            sql, part.lines(), part.effect(), part.directives(), part.file(), part.transactional()),
        checksum);
  }

  @Override
  public String toString() {
    return name;
  }
}
