package dev.tenantgate.gateway.statements;

import com.github.benmanes.caffeine.cache.Interner;
import org.jspecify.annotations.Nullable;

/**
 * The key of a statement on a backend. Clients share it that have sent the same text, were told the
 * same description, and had all parameters set alike that its meaning depends on. Immutable.
 *
 * @param text the statement's, by its identity
 * @param told what is known of its parameters and columns; null as long as nothing is
 * @param settings what the client had set when it prepared it, as far as analysis reads that; null
 *     where that isn't known
 * @param searchPath the path it is used on, null for a fresh connection's own. PostgreSQL analyses
 *     a statement anew where the path is another, so that a wrong guess costs time alone
 * @param generation of the schemas on that path; changes with each migration
 * @param owner 0; or the number of the one client's statement that it serves
 */
public record PlanKey(
    Object text,
    @Nullable Description told,
    @Nullable Object settings,
    @Nullable String searchPath,
    long generation,
    long owner) {

  /** Equal ones are the same object: all clients that share a statement look for it by that. */
  private static final Interner<PlanKey> SHARED = Interner.newWeakInterner();

  /** The one that all have who have an equal one. */
  static PlanKey shared(PlanKey key) {
    return SHARED.intern(key);
  }

  boolean is(@Nullable String otherPath, long otherGeneration) {
    return generation == otherGeneration
        && (searchPath == null ? otherPath == null : searchPath.equals(otherPath));
  }

  @Override
  public int hashCode() {
    return 31 * (31 * text.hashCode() + (searchPath == null ? 0 : searchPath.hashCode()))
        + Long.hashCode(generation)
        + Long.hashCode(owner);
  }
}
