package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.history.HistoryTable;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * Creates tenants: schema, history, every migration, registry, all in one message and transaction.
 * No lease is needed: until that commits, nobody else sees the schema, and whoever creates the same
 * one at the same time waits for this one's end. Stateless; thread-safe.
 */
final class TenantCreator {

  private final MigrationContext context;

  TenantCreator(MigrationContext context) {
    this.context = context;
  }

  TenantCreation create(Changelog changelog, SchemaRef schema) {
    long startedNanos = System.nanoTime();
    List<Migration> migrations = changelog.of(schema);
    try (Connection connection = context.connections().borrow()) {
      WorkerSession session = new WorkerSession(connection, new RunControl());
      try {
        context.ensureRegistry(connection);
        return create(session, schema, migrations, startedNanos);
      } finally {
        if (!session.isClean()) {
          context.connections().end(connection);
        }
      }
    } catch (SQLException e) {
      SqlFailure failure = SqlFailure.of(e);
      return failure.kind() == SqlFailure.Kind.CONNECTION
          ? new TenantCreation.Unreachable(schema, failure.text())
          : new TenantCreation.Failed(schema, null, failure.sqlState(), failure.text());
    }
  }

  private TenantCreation create(
      WorkerSession session, SchemaRef schema, List<Migration> migrations, long startedNanos) {
    for (int tries = 1; ; tries++) {
      MigrationScript script = script(schema, migrations);
      try {
        session.send(script.commit());
        session.discardIf(migrations);
        return new TenantCreation.Created(
            schema,
            migrations.stream().map(Migration::version).toList(),
            Duration.ofNanos(System.nanoTime() - startedNanos));
      } catch (SQLException e) {
        SqlFailure failure = SqlFailure.of(e);
        session.abandonTransaction();
        session.discardIf(migrations);
        boolean again =
            failure.kind() == SqlFailure.Kind.RETRY && tries < context.retries().maxTries();
        if (!again || !pause(context.retries().delay(tries))) {
          return notCreated(session, schema, script, failure);
        }
      }
    }
  }

  private MigrationScript script(SchemaRef schema, List<Migration> migrations) {
    SchemaProgress progress = new SchemaProgress(new SchemaHistory(schema, true, List.of()));
    MigrationScript script = new MigrationScript(schema, context.settings());
    script.statement("CREATE SCHEMA " + SqlIdentifier.quote(schema.schema()));
    script.statement(HistoryTable.create(schema));
    for (Migration migration : migrations) {
      script.migration(migration, false);
      progress.applied(migration);
    }
    return script.statement(progress.registryRow());
  }

  private static TenantCreation notCreated(
      WorkerSession session, SchemaRef schema, MigrationScript script, SqlFailure failure) {
    if (failure.kind() == SqlFailure.Kind.CONNECTION) {
      session.broken();
      return new TenantCreation.Unreachable(schema, failure.text());
    }
    MigrationScript.Place place = script.placeOf(failure);
    String state = failure.sqlState();
    // 23505: two at once, one of whom found the name taken in the catalog's index.
    boolean exists =
        "42P06".equals(state)
            || ("23505".equals(state) && failure.text().contains("pg_namespace_nspname_index"));
    if (exists && place == null) {
      return new TenantCreation.AlreadyExists(schema);
    }
    if (place == null) {
      return new TenantCreation.Failed(schema, null, state, failure.text());
    }
    Migration migration = place.migration();
    String error =
        "migration %s failed: %s"
            .formatted(migration, new MigrationFailedException(failure, place).describe(migration));
    return new TenantCreation.Failed(schema, migration, state, error);
  }

  private static boolean pause(Duration delay) {
    try {
      Thread.sleep(delay.toMillis());
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
