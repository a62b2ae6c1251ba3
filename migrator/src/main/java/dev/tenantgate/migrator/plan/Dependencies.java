package dev.tenantgate.migrator.plan;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Dependency;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationScope;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The migrations of {@code public} that a tenant's pending migrations depend on. Within one schema
 * the order of versions sees to it. Immutable.
 *
 * @param changelog the changelog that they are of
 * @param schema the schema that they are applied to
 * @param pending the migrations
 */
public record Dependencies(Changelog changelog, SchemaRef schema, List<Migration> pending) {

  public Dependencies {
    pending = List.copyOf(pending);
  }

  /** Whether the history of {@code public} has to be looked at. */
  public boolean needPublic() {
    return !schema.isPublic()
        && pending.stream()
            .anyMatch(migration -> migration.dependencies().stream().anyMatch(this::isOfPublic));
  }

  private boolean isOfPublic(Dependency dependency) {
    return changelog
        .find(dependency.version())
        .filter(migration -> migration.scope() == MigrationScope.PUBLIC)
        .isPresent();
  }

  /** Says which one isn't applied to {@code public}; null if all are. */
  public @Nullable String unmet(SchemaHistory ofPublic) {
    Set<Long> applied = new HashSet<>();
    for (HistoryEntry entry : ofPublic.entries()) {
      if (entry.succeeded()) {
        applied.add(entry.version().number());
      }
    }
    for (Migration migration : pending) {
      for (Dependency dependency : migration.dependencies()) {
        if (isOfPublic(dependency) && !applied.contains(dependency.version().number())) {
          return "migration %s depends on %s, which isn't applied to public; migrate that first"
              .formatted(migration, dependency);
        }
      }
    }
    return null;
  }
}
