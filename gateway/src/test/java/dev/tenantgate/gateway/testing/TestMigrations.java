package dev.tenantgate.gateway.testing;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationScope;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Changelogs and histories that never saw a file or a database. Stateless. */
public final class TestMigrations {

  private TestMigrations() {}

  /** Version 1 is for both, and so on up to the last. */
  public static Changelog changelog(int last) {
    List<Migration> migrations = new ArrayList<>();
    for (int version = 1; version <= last; version++) {
      migrations.add(migration(version, MigrationScope.BOTH));
    }
    return new Changelog(migrations);
  }

  public static Changelog changelog(Migration... migrations) {
    return new Changelog(List.of(migrations));
  }

  public static Migration migration(long version, MigrationScope scope) {
    return new Migration(
        new Version(version),
        "step_" + version,
        scope,
        "",
        new SqlPart("SELECT " + version, 1, false),
        null,
        checksum(version),
        Path.of("%05d_step_%d.sql".formatted(version, version)));
  }

  /** A migration that does something. */
  public static Migration migration(long version, MigrationScope scope, String sql) {
    return migration(version, scope, sql, null);
  }

  /** A migration that does something, and can be taken back unless {@code down} is null. */
  public static Migration migration(
      long version, MigrationScope scope, String sql, @Nullable String down) {
    return new Migration(
        new Version(version),
        "step_" + version,
        scope,
        "",
        new SqlPart(sql, 1, false),
        down == null ? null : new SqlPart(down, 1, false),
        checksum(version),
        Path.of("%05d_step_%d.sql".formatted(version, version)));
  }

  public static SchemaRef tenant(String name) {
    return new SchemaRef("tenant_" + name, name);
  }

  /** A schema with every version up to the last. */
  public static SchemaHistory upTo(SchemaRef schema, int last) {
    List<HistoryEntry> entries = new ArrayList<>();
    for (int version = 1; version <= last; version++) {
      entries.add(entry(version, null));
    }
    return new SchemaHistory(schema, true, entries);
  }

  /** A schema with every version up to the last, and a failure of the next. */
  public static SchemaHistory failedAfter(SchemaRef schema, int last, String error) {
    List<HistoryEntry> entries = new ArrayList<>(upTo(schema, last).entries());
    entries.add(entry(last + 1, error));
    return new SchemaHistory(schema, true, entries);
  }

  public static SchemaHistory absent(SchemaRef schema) {
    return new SchemaHistory(schema, false, List.of());
  }

  private static HistoryEntry entry(long version, @Nullable String failure) {
    return new HistoryEntry(
        new Version(version), "step_" + version, checksum(version), Instant.EPOCH, 1, failure);
  }

  private static String checksum(long version) {
    return "%064x".formatted(version);
  }
}
