package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.changelog.Version;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A history that was taken over from another tool, as the registry remembers it. Immutable.
 *
 * @param schema the schema whose history it was
 * @param tool whose it was
 * @param tableSchema where its table stood
 * @param table what it was called
 * @param keptAs what it is called now; null while it has its name, for schemas that need it yet
 * @param view whether a view has its name now
 * @param versions the migrations that it had as applied
 * @param adoptedAt when
 */
public record Adoption(
    String schema,
    String tool,
    String tableSchema,
    String table,
    @Nullable String keptAs,
    boolean view,
    List<Version> versions,
    Instant adoptedAt) {

  public Adoption {
    versions = List.copyOf(versions);
  }

  /** Whether the table was the schema's own. */
  public boolean isOwn() {
    return tableSchema.equals(schema);
  }
}
