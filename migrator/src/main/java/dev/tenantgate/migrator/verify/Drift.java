package dev.tenantgate.migrator.verify;

import dev.tenantgate.migrator.SchemaRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a schema differs from what its history claims. Immutable.
 *
 * @param schema the schema
 * @param missing what a schema with the same migrations has and this one hasn't, sorted
 * @param extra what this one has and such a schema hasn't, sorted
 * @param older what is older than its history, and made by no migration; it isn't verified, sorted
 * @param error why it couldn't be told; null if it could
 */
public record Drift(
    SchemaRef schema,
    List<String> missing,
    List<String> extra,
    List<String> older,
    @Nullable String error) {

  /** How a schema differs of which nothing is older than its history. */
  public Drift(SchemaRef schema, List<String> missing, List<String> extra, @Nullable String error) {
    this(schema, missing, extra, List.of(), error);
  }

  public Drift {
    missing = List.copyOf(missing);
    extra = List.copyOf(extra);
    older = List.copyOf(older);
  }

  public static Drift unknown(SchemaRef schema, String error) {
    return new Drift(schema, List.of(), List.of(), error);
  }

  /** Whether something is known to differ. */
  public boolean isKnown() {
    return !missing.isEmpty() || !extra.isEmpty();
  }

  /** Whether it is what its history claims. */
  public boolean isNone() {
    return missing.isEmpty() && extra.isEmpty() && error == null;
  }
}
