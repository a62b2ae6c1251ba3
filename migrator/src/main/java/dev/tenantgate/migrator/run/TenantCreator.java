package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.history.HistoryTable;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

  /**
   * Creates a tenant.
   *
   * @param rehearsal whether it is undone in the end
   */
  TenantCreation create(Changelog changelog, SchemaRef schema, boolean rehearsal) {
    long startedNanos = System.nanoTime();
    List<Step> steps = changelog.of(schema).stream().<Step>map(Step.Apply::new).toList();
    try (Connection connection = context.connections().borrow()) {
      WorkerSession session = new WorkerSession(connection, new RunControl());
      try {
        if (!rehearsal) {
          context.ensureRegistry(connection);
        }
        return create(session, schema, steps, rehearsal, startedNanos);
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
      WorkerSession session,
      SchemaRef schema,
      List<Step> steps,
      boolean rehearsal,
      long startedNanos) {
    for (int tries = 1; ; tries++) {
      MigrationScript script = script(schema, steps, rehearsal);
      try {
        session.send(rehearsal ? script.rollback() : script.commit());
        session.discardIf(steps);
        if (!rehearsal) {
          context.announce(schema);
        }
        return new TenantCreation.Created(
            schema,
            steps.stream().map(Step::version).toList(),
            Duration.ofNanos(System.nanoTime() - startedNanos));
      } catch (SQLException e) {
        SqlFailure failure = SqlFailure.of(e);
        session.abandonTransaction();
        session.discardIf(steps);
        boolean again =
            failure.kind() == SqlFailure.Kind.RETRY && tries < context.retries().maxTries();
        if (!again || !pause(context.retries().delay(tries))) {
          return notCreated(session, schema, steps, script, failure);
        }
      }
    }
  }

  private MigrationScript script(SchemaRef schema, List<Step> steps, boolean rehearsal) {
    SchemaProgress progress = new SchemaProgress(new SchemaHistory(schema, true, List.of()));
    MigrationScript script = context.script(schema);
    script.statement("CREATE SCHEMA " + SqlIdentifier.quote(schema.schema()));
    script.statement(HistoryTable.create(schema));
    for (Step step : steps) {
      if (rehearsal) {
        script.rehearse(step);
      } else {
        script.step(step, false);
      }
      progress.done(step);
    }
    return rehearsal ? script : script.statement(progress.registryRow());
  }

  private static TenantCreation notCreated(
      WorkerSession session,
      SchemaRef schema,
      List<Step> steps,
      MigrationScript script,
      SqlFailure failure) {
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
    Migration migration = place == null ? null : migrationOf(place, steps);
    if (place == null || migration == null) {
      return new TenantCreation.Failed(schema, null, state, failure.text());
    }
    String error =
        "migration %s failed: %s"
            .formatted(
                migration, new MigrationFailedException(failure, place).describe(place.part()));
    return new TenantCreation.Failed(schema, migration, state, error);
  }

  private static @Nullable Migration migrationOf(MigrationScript.Place place, List<Step> steps) {
    return steps.stream()
        .filter(step -> place.part().equals(step.part()))
        .findFirst()
        .map(Step::about)
        .orElse(null);
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
