package dev.tenantgate.gateway.protocol;

/** The error codes that the gateway itself answers with (PostgreSQL documentation, appendix A). */
public enum SqlState {
  WARNING("01000"),
  CONNECTION_FAILURE("08006"),
  PROTOCOL_VIOLATION("08P01"),
  FEATURE_NOT_SUPPORTED("0A000"),
  INVALID_PARAMETER_VALUE("22023"),
  INVALID_AUTHORIZATION_SPECIFICATION("28000"),
  INVALID_SQL_STATEMENT_NAME("26000"),
  IN_FAILED_SQL_TRANSACTION("25P02"),
  DUPLICATE_PREPARED_STATEMENT("42P05"),
  INVALID_PASSWORD("28P01"),
  INVALID_CATALOG_NAME("3D000"),
  INVALID_SCHEMA_NAME("3F000"),
  UNDEFINED_OBJECT("42704"),
  DATATYPE_MISMATCH("42804"),
  TOO_MANY_CONNECTIONS("53300"),
  PROGRAM_LIMIT_EXCEEDED("54000"),
  QUERY_CANCELED("57014"),
  ADMIN_SHUTDOWN("57P01"),
  CANNOT_CONNECT_NOW("57P03"),
  INTERNAL_ERROR("XX000"),
  SUCCESSFUL_COMPLETION("00000");

  private final String code;

  SqlState(String code) {
    this.code = code;
  }

  /** Five characters. */
  public String code() {
    return code;
  }
}
