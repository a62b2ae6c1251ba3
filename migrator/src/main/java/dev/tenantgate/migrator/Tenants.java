package dev.tenantgate.migrator;

import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.SeedValueException;
import dev.tenantgate.migrator.changelog.SeedValues;
import dev.tenantgate.migrator.checkpoint.Templates;
import dev.tenantgate.migrator.connection.ExecutionStrategy;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.SchemaGrants;
import dev.tenantgate.migrator.provision.Seeding;
import dev.tenantgate.migrator.provision.SteppedTenantCreator;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.provision.TenantCreator;
import dev.tenantgate.migrator.provision.TenantSeeder;
import dev.tenantgate.migrator.schema.SchemaContext;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.survey.SchemaNames;
import dev.tenantgate.migrator.survey.TenantName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Tenants and their schemas: which there are, new ones, their seed data and grants. Thread-safe.
 */
public final class Tenants {

  private final SchemaContext context;
  private final SchemaNames names;
  private final Templates templates;
  private final SchemaGrants grants;
  private final Runs runs;

  Tenants(
      SchemaContext context,
      SchemaNames names,
      Templates templates,
      SchemaGrants grants,
      Runs runs) {
    this.context = context;
    this.names = names;
    this.templates = templates;
    this.grants = grants;
    this.runs = runs;
  }

  /** The schema of a tenant, whether it exists or not. */
  public SchemaRef schemaOf(String tenant) {
    return names.schemaOf(tenant);
  }

  /** The schema of that name; empty if it is neither {@code public} nor a tenant's. */
  public Optional<SchemaRef> named(String schema) {
    return names.named(schema);
  }

  /** Every tenant schema that there is, by name. */
  public List<SchemaRef> all() throws SQLException {
    return names.tenants();
  }

  /** Every schema that is neither a tenant's, nor public, nor ours or the server's, by name. */
  public List<String> otherSchemas() throws SQLException {
    return names.others();
  }

  /** The schemas that a run of many would be for, {@code public} first if it is among them. */
  public List<SchemaRef> schemas(FleetScope scope) throws SQLException {
    return names.schemas(scope);
  }

  /**
   * Creates a tenant's schema, applies all its migrations, grants what the settings say and applies
   * the changelog's seed data, in one transaction: it exists whole, or not at all.
   */
  public TenantCreation create(Changelog changelog, String tenant) {
    return create(changelog, tenant, SeedValues.NONE);
  }

  /**
   * The same for a tenant of which more is known.
   *
   * @param values what seed data may ask for
   */
  public TenantCreation create(Changelog changelog, String tenant, SeedValues values) {
    return create(changelog, tenant, values, false);
  }

  /** As {@link #create}, rolled back in the end: says whether it would succeed. */
  public TenantCreation rehearseCreation(Changelog changelog, String tenant, SeedValues values) {
    return create(changelog, tenant, values, true);
  }

  /** The same for a tenant of which nothing else is known. */
  public TenantCreation rehearseCreation(Changelog changelog, String tenant) {
    return rehearseCreation(changelog, tenant, SeedValues.NONE);
  }

  private TenantCreation create(
      Changelog changelog, String tenant, SeedValues values, boolean rehearsal) {
    SchemaRef schema = schemaOf(tenant);
    String objection = TenantName.objection(schema);
    if (objection != null) {
      return new TenantCreation.InvalidName(tenant, objection);
    }
    try {
      return create(changelog, schema, values, rehearsal);
    } catch (SeedValueException e) {
      return new TenantCreation.Incomplete(schema, String.valueOf(e.getMessage()));
    }
  }

  private TenantCreation create(
      Changelog changelog, SchemaRef schema, SeedValues values, boolean rehearsal)
      throws SeedValueException {
    Changelog seeded = changelog.seededFor(schema, values);
    ExecutionStrategy strategy;
    try {
      try (Connection connection = context.connections().borrow()) {
        strategy = context.sessions().strategy(connection);
      }
      // Over one of its own, behind this one: many at once mustn't wait for each other's second.
      seeded = templates.resolved(seeded);
    } catch (SQLException e) {
      return new TenantCreation.Unreachable(schema, SqlFailure.of(e).text());
    }
    if (strategy.hasTransactionalDdl() && !context.sessions().isExternal()) {
      return new TenantCreator(context.sessions(), context.leases(), context.announcer(), grants)
          .create(seeded, schema, rehearsal);
    }
    return new SteppedTenantCreator(
            context.sessions(),
            made -> runs.migrate(changelog, made, new Target.Latest()),
            List.of(this::grant, made -> seed(changelog, made, values)))
        .create(schema, rehearsal);
  }

  /**
   * Gives a tenant that is there already the changelog's seed data: those files that it wasn't
   * given yet, all or none. Never throws for what happens to the schema; that is the result.
   */
  public Seeding seed(Changelog changelog, SchemaRef schema) {
    return seed(changelog, schema, SeedValues.NONE);
  }

  /**
   * The same for a tenant of which more is known.
   *
   * @param values what seed data may ask for
   */
  public Seeding seed(Changelog changelog, SchemaRef schema, SeedValues values) {
    return seeder(false).seed(changelog, schema, values);
  }

  /** As {@link #seed}, rolled back in the end: says what would be run, and whether it succeeds. */
  public Seeding rehearseSeed(Changelog changelog, SchemaRef schema, SeedValues values) {
    return seeder(true).seed(changelog, schema, values);
  }

  /** Grants what the settings say in a schema that is there already. Throws as {@link #seed}. */
  public Seeding grant(SchemaRef schema) {
    return seeder(false).grant(schema);
  }

  /** As {@link #grant}, rolled back in the end. */
  public Seeding rehearseGrant(SchemaRef schema) {
    return seeder(true).grant(schema);
  }

  private TenantSeeder seeder(boolean rehearsal) {
    return new TenantSeeder(context.sessions(), grants, rehearsal);
  }
}
