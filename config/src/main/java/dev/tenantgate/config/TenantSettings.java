package dev.tenantgate.config;

/**
 * Which schemas are tenants ({@code tenants.*}).
 *
 * @param schema the name of a tenant's schema, with {@code {tenant}} in it once. Default {@code
 *     tenant_{tenant}}.
 * @param searchPath the {@code search_path} of a connection that names its tenant and none of its
 *     own, with {@code {schema}} in it once. Default {@code {schema}, public}.
 * @param unknown connections of a tenant that has no schema. Default {@code reject}.
 * @param untenanted connections that name no tenant. Default {@code pass}.
 * @param switching statements that lead a session to another tenant. Default {@code allow}.
 */
public record TenantSettings(
    SchemaPattern schema,
    String searchPath,
    PassOrReject unknown,
    PassOrReject untenanted,
    Switching switching) {

  /** Whether a session may go to a tenant that it didn't connect to. */
  public enum Switching {
    /** Yes; the gate is asked each time. */
    ALLOW,
    /** No. */
    DENY
  }

  public TenantSettings {
    SettingKeys.TENANTS_SCHEMA.require(schema);
    SettingKeys.TENANTS_SEARCH_PATH.require(searchPath);
  }
}
