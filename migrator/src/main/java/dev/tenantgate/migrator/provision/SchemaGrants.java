package dev.tenantgate.migrator.provision;

import dev.tenantgate.config.TenantGrant;
import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.util.ArrayList;
import java.util.List;

/**
 * The rights of roles in a tenant's schema: on its objects, and, by default privileges of the
 * account that migrates, in what later migrations add. Granting again changes nothing. Immutable.
 *
 * @param grants what the settings have
 */
public record SchemaGrants(List<TenantGrant> grants, HistoryName history) {

  public SchemaGrants {
    grants = List.copyOf(grants);
  }

  /** The statements for one schema. */
  List<String> statements(SchemaRef schema) {
    String quoted = SqlIdentifier.quote(schema.schema());
    List<String> statements = new ArrayList<>();
    for (TenantGrant grant : grants) {
      String role = SqlIdentifier.quote(grant.role());
      boolean all = grant.access() == TenantGrant.Access.ALL;
      statements.add("GRANT %s ON SCHEMA %s TO %s".formatted(all ? "ALL" : "USAGE", quoted, role));
      on(statements, "TABLES", tables(grant.access()), quoted, role);
      on(statements, "SEQUENCES", sequences(grant.access()), quoted, role);
      on(statements, "FUNCTIONS", "EXECUTE", quoted, role);
      if (!all) {
        // The history says what the schema is; the application only reads it.
        statements.add(
            "REVOKE INSERT, UPDATE, DELETE ON %s.%s FROM %s".formatted(quoted, history, role));
      }
    }
    return statements;
  }

  private static String tables(TenantGrant.Access access) {
    return switch (access) {
      case READ_ONLY -> "SELECT";
      case READ_WRITE -> "SELECT, INSERT, UPDATE, DELETE";
      case ALL -> "ALL";
    };
  }

  private static String sequences(TenantGrant.Access access) {
    return switch (access) {
      case READ_ONLY -> "SELECT";
      case READ_WRITE -> "USAGE, SELECT";
      case ALL -> "ALL";
    };
  }

  private static void on(
      List<String> statements, String kind, String privileges, String schema, String role) {
    statements.add(
        "GRANT %s ON ALL %s IN SCHEMA %s TO %s".formatted(privileges, kind, schema, role));
    statements.add(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA %s GRANT %s ON %s TO %s"
            .formatted(schema, privileges, kind, role));
  }
}
