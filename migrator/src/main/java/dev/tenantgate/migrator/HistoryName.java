package dev.tenantgate.migrator;

/**
 * What the history's table is called in every schema: {@code schema_migrations}, or as {@code
 * migrations.history-table} says where an application needs that name for another tool's table or a
 * view of its shape. One for a process, since it is part of what that knows of schemas; whoever
 * opens a migrator says it. Thread-safe.
 */
public final class HistoryName {

  /** The name unless settings say another. */
  public static final String STANDARD = "schema_migrations";

  private static volatile String current = STANDARD;

  private HistoryName() {}

  /** The name, which needs no quotes. */
  public static String current() {
    return current;
  }

  /** Has it called so from now on. */
  public static void use(String name) {
    current = name;
  }

  /** SQL that was written for the standard name, for the one that is in use. */
  public static String in(String sql) {
    String name = current;
    return name.equals(STANDARD) ? sql : sql.replace(STANDARD, name);
  }
}
