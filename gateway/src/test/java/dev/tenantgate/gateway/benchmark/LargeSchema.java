package dev.tenantgate.gateway.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A tenant's schema of many tables, each with three indexes, made by a migration for each table.
 * Stateless.
 */
final class LargeSchema {

  static final int TABLES = 20;

  private LargeSchema() {}

  /** The statements, a text for each table, for whatever schema is first in the search path. */
  static List<String> statements() {
    return IntStream.rangeClosed(1, TABLES).mapToObj(LargeSchema::table).toList();
  }

  private static String table(int number) {
    return """
    CREATE TABLE t%1$d (
      id bigint PRIMARY KEY,
      code varchar(40) NOT NULL,
      amount numeric(12, 2),
      created_at timestamptz NOT NULL DEFAULT now());
    CREATE UNIQUE INDEX t%1$d_code ON t%1$d (code);
    CREATE INDEX t%1$d_created ON t%1$d (created_at);
    """
        .formatted(number);
  }

  /** Writes them as migrations of Tenantgate's. */
  static void write(Path migrations) throws IOException {
    Path folder = Files.createDirectories(migrations.resolve("tenant"));
    List<String> statements = statements();
    for (int i = 0; i < statements.size(); i++) {
      Files.writeString(
          folder.resolve("%05d_table_%d.sql".formatted(i + 1, i + 1)), statements.get(i));
    }
  }
}
