package dev.tenantgate.migrator;

import org.jspecify.annotations.Nullable;

/**
 * One schema that is migrated: {@code public}, or a tenant's.
 *
 * @param schema the schema's name, unquoted, as the catalog has it
 * @param tenant the tenant's name; null for {@code public}
 */
public record SchemaRef(String schema, @Nullable String tenant) {

  /** The schema that all tenants share. */
  public static final SchemaRef PUBLIC = new SchemaRef("public", null);

  /** The name of the registry's schema, which is nobody's tenant. */
  public static final String REGISTRY = "tenantgate";

  public boolean isPublic() {
    return tenant == null;
  }

  /**
   * Of the schema alone: its name mostly ends with the tenant's, and of both together the lowest
   * bits would be the same for all tenants.
   */
  @Override
  public int hashCode() {
    return schema.hashCode();
  }

  @Override
  public String toString() {
    return schema;
  }
}
