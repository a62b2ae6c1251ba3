package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import org.jspecify.annotations.Nullable;

/**
 * Why nothing is run on a schema by itself: there is something in it, and no history that is
 * understood tells how it came there. Immutable.
 *
 * @param schema the schema
 * @param found what is in it: {@code 2 tables (accounts, orders), 1 view (totals)}
 * @param tool the tool that the table {@code schema_migrations} seems to belong to; null if that
 *     table is ours, or isn't there
 */
public record Unmanaged(SchemaRef schema, String found, @Nullable String tool) {

  /** What is wrong, without an end: {@code schema tenant_acme has no history …}. */
  public String what() {
    return "schema %s has no migration history that is understood, but %s"
        .formatted(schema.schema(), found);
  }

  /** What to do, for somebody who knows which migrations the schema has already. */
  public String wayOn() {
    String baseline =
        "tenantgate migrate baseline %s --version V"
            .formatted(schema.tenant() == null ? "--scope public" : "--tenant " + schema.tenant());
    String records = " records that it has every migration up to V, and runs none of them";
    return tool == null
        ? baseline + records
        : "ALTER TABLE %s.%s RENAME TO %s_before; then %s"
            .formatted(
                SqlIdentifier.quote(schema.schema()),
                HistoryTable.NAME,
                HistoryTable.NAME,
                baseline + records);
  }

  @Override
  public String toString() {
    return what() + "; " + wayOn();
  }
}
