package dev.tenantgate.migrator.plan;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A schema's history held against the changelog and a required version. Immutable.
 *
 * @param schema the schema
 * @param state where it stands
 * @param version the highest version applied without a gap before it; null if there is none
 * @param applied how many migrations are applied
 * @param pending what it still needs to reach the required version, by rising version; its size is
 *     the lag
 * @param error why it failed or can't be trusted (failed migration, changed checksum), naming the
 *     migration; else null
 */
public record SchemaStatus(
    SchemaRef schema,
    SchemaState state,
    @Nullable Version version,
    int applied,
    List<Migration> pending,
    @Nullable String error) {

  public SchemaStatus {
    pending = List.copyOf(pending);
  }
}
