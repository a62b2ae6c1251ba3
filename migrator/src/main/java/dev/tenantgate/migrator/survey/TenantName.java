package dev.tenantgate.migrator.survey;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.Registry;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names that new tenants may have: lower-case letters, digits, {@code _} and {@code -},
 * beginning with a letter or digit. Names that a shell, a URL, a host name or an unquoted {@code
 * search_path} would read as something else are refused. Schemas that exist already may be called
 * anything.
 */
public final class TenantName {

  /** NAMEDATALEN - 1: PostgreSQL would cut a longer name, silently. */
  private static final int MAX_BYTES = 63;

  private static final Set<String> RESERVED =
      Set.of("public", "information_schema", Registry.SCHEMA);

  /** The beginning of the names of schemas that are made to be dropped. */
  public static final String SCRATCH = "tenantgate_scratch_";

  private TenantName() {}

  /** Says what keeps a name from being a new tenant's; null if nothing does. */
  public static @Nullable String objection(String tenant, SchemaPattern pattern) {
    return objection(new SchemaRef(pattern.schemaOf(tenant), tenant));
  }

  /** Says what keeps a tenant from being created with this schema; null if nothing does. */
  public static @Nullable String objection(SchemaRef ref) {
    String tenant = ref.tenant();
    String schema = ref.schema();
    if (tenant == null || tenant.isEmpty()) {
      return "it is empty";
    }
    for (int i = 0; i < tenant.length(); i++) {
      char c = tenant.charAt(i);
      boolean alphanumeric = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (!alphanumeric && (i == 0 || (c != '_' && c != '-'))) {
        return "a tenant's name has lower-case letters, digits, _ and -, and begins with a letter"
            + " or digit";
      }
    }
    int bytes = schema.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_BYTES) {
      return "its schema %s would have %d bytes, PostgreSQL allows %d"
          .formatted(schema, bytes, MAX_BYTES);
    }
    return isReserved(schema) ? "the schema %s isn't a tenant's".formatted(schema) : null;
  }

  /** Whether a schema can't be a tenant's, whatever the pattern. */
  static boolean isReserved(String schema) {
    return schema.startsWith("pg_") || schema.startsWith(SCRATCH) || RESERVED.contains(schema);
  }
}
