package dev.tenantgate.migrator.foreign;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A table that is another tool's history by its columns. Immutable.
 *
 * @param schema where it stands
 * @param name its name
 * @param tool whose it is
 * @param label the tool's name; more exact than the tool's own where what stands beside it tells
 * @param types type by column name, in the columns' order
 * @param tenantColumn the column that says whose a row is; null if none does
 * @param objection why it isn't read; null if it is
 */
public record ForeignTable(
    String schema,
    String name,
    ForeignTool tool,
    String label,
    Map<String, String> types,
    @Nullable String tenantColumn,
    @Nullable String objection) {

  public ForeignTable {
    types = Collections.unmodifiableMap(new LinkedHashMap<>(types));
  }

  /** Whether it isn't a table as this migrator makes them, under their own name. */
  public boolean isNotOurs(String ours) {
    return tool != ForeignTool.NUMBERED || !name.equals(ours);
  }

  /** Qualified, for people: {@code platform.schema_migrations}. */
  @Override
  public String toString() {
    return schema + "." + name;
  }
}
