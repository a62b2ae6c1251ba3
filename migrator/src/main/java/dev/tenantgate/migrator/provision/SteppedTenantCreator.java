package dev.tenantgate.migrator.provision;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.connection.ObjectLimit;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Creates tenants at a server where schema changes don't share a transaction: the schema, which one
 * of several gets to make, and then its migrations like those of any other. After a failure the
 * schema stays, with its applied migrations on record, for a run to go on with. Stateless;
 * thread-safe.
 */
public final class SteppedTenantCreator {

  private final Sessions sessions;
  private final Function<SchemaRef, SchemaOutcome> migration;
  private final List<Function<SchemaRef, Seeding>> provisions;

  /**
   * Makes one.
   *
   * @param migration brings a schema up to date
   * @param provisions what a migrated schema is given then, in this order: grants, seed data
   */
  public SteppedTenantCreator(
      Sessions sessions,
      Function<SchemaRef, SchemaOutcome> migration,
      List<Function<SchemaRef, Seeding>> provisions) {
    this.sessions = sessions;
    this.migration = migration;
    this.provisions = List.copyOf(provisions);
  }

  public TenantCreation create(SchemaRef schema, boolean rehearsal) {
    if (rehearsal) {
      return new TenantCreation.Failed(
          schema, null, null, "this server can't undo schema changes, so that it can't be tried");
    }
    TenantCreation settled = createSchema(schema);
    return settled == null ? provided(created(schema, migration.apply(schema))) : settled;
  }

  private TenantCreation provided(TenantCreation creation) {
    if (creation instanceof TenantCreation.Created created) {
      for (Function<SchemaRef, Seeding> provision : provisions) {
        Seeding seeding = provision.apply(created.schema());
        if (seeding.error() != null) {
          return new TenantCreation.Failed(
              created.schema(),
              null,
              null,
              seeding.error()
                  + "; the schema is there and migrated: tenantgate tenant grant and tenant seed"
                  + " go on with it");
        }
      }
    }
    return creation;
  }

  /** Makes the empty schema; how the creation ended if it can't be. */
  private @Nullable TenantCreation createSchema(SchemaRef schema) {
    try (Connection connection = sessions.connections().borrow();
        Statement statement = connection.createStatement()) {
      String objection = ObjectLimit.read(connection).objection();
      if (objection != null) {
        return new TenantCreation.Failed(schema, null, null, objection);
      }
      statement.execute("CREATE SCHEMA " + SqlIdentifier.quote(schema.schema()));
      return null;
    } catch (SQLException e) {
      SqlFailure failure = SqlFailure.of(e);
      if (failure.kind() == SqlFailure.Kind.CONNECTION) {
        return new TenantCreation.Unreachable(schema, failure.text());
      }
      return "42P06".equals(failure.sqlState())
          ? new TenantCreation.AlreadyExists(schema)
          : new TenantCreation.Failed(schema, null, failure.sqlState(), failure.text());
    }
  }

  private static TenantCreation created(SchemaRef schema, SchemaOutcome outcome) {
    if (outcome instanceof SchemaOutcome.Migrated migrated) {
      return new TenantCreation.Created(schema, migrated.applied(), migrated.elapsed(), "");
    } else if (outcome instanceof SchemaOutcome.UpToDate) {
      return new TenantCreation.Created(schema, List.of(), Duration.ZERO, "");
    } else if (outcome instanceof SchemaOutcome.Failed failed) {
      return new TenantCreation.Failed(
          schema,
          failed.migration(),
          failed.sqlState(),
          failed.error()
              + "; the schema is there with what was applied before, a run of its migrations goes"
              + " on with it");
    } else if (outcome instanceof SchemaOutcome.Unreachable unreachable) {
      return new TenantCreation.Unreachable(schema, unreachable.error());
    }
    if (outcome instanceof SchemaOutcome.Unmanaged unmanaged) {
      return new TenantCreation.Failed(schema, null, null, unmanaged.found().toString());
    }
    return new TenantCreation.Failed(
        schema, null, null, "the schema is there, but its migrations didn't run: " + outcome);
  }
}
