package dev.tenantgate.gateway.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The migration that a round applies: adds a column, creates an index on it. Immutable.
 *
 * @param round from 1; each is another column
 */
record SmallMigration(int round) {

  /** The statements, for whatever schema is first in the search path. */
  String sql() {
    return """
        ALTER TABLE users ADD COLUMN round_%1$d integer;
        CREATE INDEX users_round_%1$d_idx ON users (round_%1$d);
        """
        .formatted(round);
  }

  /** Its version for Tenantgate and Flyway; 1 is the tenants' first table. */
  int version() {
    return round + 1;
  }

  /** Writes it as Tenantgate reads it. */
  void writeTenantgate(Path migrations) throws IOException {
    write(migrations.resolve("tenant"), "%05d_round_%d.sql".formatted(version(), round));
  }

  /** Writes it as Flyway reads it. */
  void writeFlyway(Path migrations) throws IOException {
    write(migrations, "V%d__round_%d.sql".formatted(version(), round));
  }

  private void write(Path folder, String file) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve(file), sql());
  }
}
