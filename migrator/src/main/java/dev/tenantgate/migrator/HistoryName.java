package dev.tenantgate.migrator;

/**
 * The name of the history's table in every schema of one migrator: {@code schema_migrations}, or
 * {@code migrations.history-table} where an application needs that name for another tool's table or
 * a view of its shape. Immutable.
 *
 * @param name needs no quotes
 */
public record HistoryName(String name) {

  /** The name unless settings say another. */
  public static final HistoryName STANDARD = new HistoryName("schema_migrations");

  /** SQL that was written for the standard name, for this one. */
  public String in(String sql) {
    return equals(STANDARD) ? sql : sql.replace(STANDARD.name, name);
  }

  @Override
  public String toString() {
    return name;
  }
}
