package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.SchemaRef;
import java.util.Locale;
import java.util.Optional;

/** The schemas that a migration is for. */
public enum MigrationScope {
  PUBLIC,
  TENANT,
  BOTH;

  /** Reads a scope as files and folders name it, {@code tenant}; empty if there is none such. */
  public static Optional<MigrationScope> parse(String label) {
    for (MigrationScope scope : values()) {
      if (scope.label().equals(label)) {
        return Optional.of(scope);
      }
    }
    return Optional.empty();
  }

  /** As files and folders name it: {@code tenant}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether a migration of this scope is applied to the schema. */
  public boolean covers(SchemaRef schema) {
    return switch (this) {
      case PUBLIC -> schema.isPublic();
      case TENANT -> !schema.isPublic();
      case BOTH -> true;
    };
  }
}
