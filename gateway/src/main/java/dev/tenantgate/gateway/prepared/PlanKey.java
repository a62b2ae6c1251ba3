package dev.tenantgate.gateway.prepared;

import org.jspecify.annotations.Nullable;

/**
 * What a statement on a backend may be shared by: the same text means the same only on the same
 * {@code search_path}, and only as long as no migration has changed what it finds there. Immutable.
 *
 * @param text the statement
 * @param searchPath the path it is analysed on; null for a fresh connection's own
 * @param generation of the schemas on that path; changes with each migration
 */
public record PlanKey(StatementText text, @Nullable String searchPath, long generation) {

  boolean is(@Nullable String otherPath, long otherGeneration) {
    return generation == otherGeneration
        && (searchPath == null ? otherPath == null : searchPath.equals(otherPath));
  }

  @Override
  public int hashCode() {
    return 31 * (31 * text.hashCode() + (searchPath == null ? 0 : searchPath.hashCode()))
        + Long.hashCode(generation);
  }
}
