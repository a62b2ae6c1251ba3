package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.tenant.TenantDirectory;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.SeedValues;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Creates tenants where a gate stands, whose knowledge of them is brought up to date. Thread-safe.
 */
final class NewTenants {

  private final Migrator migrator;
  private final UpgradeService upgrades;
  private final TenantDirectory directory;

  NewTenants(Migrator migrator, UpgradeService upgrades, TenantDirectory directory) {
    this.migrator = migrator;
    this.upgrades = upgrades;
    this.directory = directory;
  }

  /** Brings {@code public} to the target, then creates the tenant. Blocks. */
  TenantCreation create(Changelog changelog, Target target, String tenant, SeedValues values) {
    SchemaRef schema = migrator.tenants().schemaOf(tenant);
    SchemaOutcome shared =
        upgrades
            .upgradeTenant(changelog, SchemaRef.PUBLIC, target, UpgradePriority.ASKED)
            .toCompletableFuture()
            .join();
    TenantCreation failure = failureOf(schema, shared);
    if (failure != null) {
      return failure;
    }
    TenantCreation creation = migrator.tenants().create(changelog, tenant, values);
    if (creation instanceof TenantCreation.Created) {
      // Clients that asked for it too early are let in at once.
      directory.refresh(schema);
    }
    return creation;
  }

  /** The failure of a tenant to be, by an upgrade of {@code public}; null if it can be created. */
  private static @Nullable TenantCreation failureOf(SchemaRef schema, SchemaOutcome shared) {
    if (shared instanceof SchemaOutcome.Unreachable unreachable) {
      return new TenantCreation.Unreachable(schema, unreachable.error());
    }
    if (shared instanceof SchemaOutcome.Unmanaged unmanaged) {
      return new TenantCreation.Failed(schema, null, null, unmanaged.found().toString());
    }
    if (shared.succeeded()) {
      return null;
    }
    return shared instanceof SchemaOutcome.Failed failed
        ? new TenantCreation.Failed(
            schema, failed.migration(), failed.sqlState(), "public: " + failed.error())
        : new TenantCreation.Failed(
            schema, null, null, "schema public couldn't be brought up to date: " + shared);
  }
}
