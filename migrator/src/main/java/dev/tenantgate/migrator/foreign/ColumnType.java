package dev.tenantgate.migrator.foreign;

/** The type of a history's column, whatever its length or precision. */
enum ColumnType {
  TEXT,
  WHOLE_NUMBER,
  TRUTH,
  TIME,
  ANY;

  /**
   * Whether a column of this type is meant. Types of other schemas than {@code pg_catalog} never
   * are: to read them may run code that their owner wrote.
   *
   * @param type as {@code format_type} has it without a modifier
   */
  boolean admits(String type) {
    return switch (this) {
      case TEXT ->
          type.equals("text") || type.equals("character varying") || type.equals("character");
      case WHOLE_NUMBER ->
          type.equals("bigint") || type.equals("integer") || type.equals("smallint");
      case TRUTH -> type.equals("boolean");
      case TIME -> isZoned(type) || type.equals("timestamp without time zone");
      case ANY -> true;
    };
  }

  /** Whether a column of this type may hold a tenant's name or number. */
  static boolean isOfTenants(String type) {
    return TEXT.admits(type) || WHOLE_NUMBER.admits(type) || isUuid(type) || type.equals("name");
  }

  /** Whether it is a UUID, of which a schema's name may have other separators. */
  static boolean isUuid(String type) {
    return type.equals("uuid");
  }

  /** Whether a time of this type is known wherever it was written. */
  static boolean isZoned(String type) {
    return type.equals("timestamp with time zone");
  }
}
