package dev.tenantgate.migrator.fleet;

import dev.tenantgate.migrator.SchemaRef;
import java.util.List;
import java.util.Locale;

/**
 * A part of a run over many schemas, which ends before the next begins. Immutable.
 *
 * @param kind what it is
 * @param number which of its kind, from 1
 * @param of how many of its kind there are
 * @param schemas its schemas, in the order of their turns
 */
public record FleetStage(Kind kind, int number, int of, List<SchemaRef> schemas) {

  public FleetStage {
    schemas = List.copyOf(schemas);
  }

  /** The kinds of stages. */
  public enum Kind {
    /** {@code public} alone. */
    PUBLIC,
    /** The tenants that all must succeed before others begin. */
    CANARY,
    /** Some of the other tenants. */
    WAVE;

    /** As it stands in the registry, in JSON and in messages: {@code canary}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public String toString() {
    return kind == Kind.WAVE ? "wave %d of %d".formatted(number, of) : kind.label();
  }
}
