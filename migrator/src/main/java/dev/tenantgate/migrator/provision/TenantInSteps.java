package dev.tenantgate.migrator.provision;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.announce.Announcer;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.changelog.SeedFile;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.history.SeedLog;
import dev.tenantgate.migrator.lease.Leases;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.rehearsal.EachAlone;
import dev.tenantgate.migrator.rehearsal.SchemaRemoval;
import dev.tenantgate.migrator.schema.SchemaProgress;
import dev.tenantgate.migrator.session.MigrationFailedException;
import dev.tenantgate.migrator.session.MigrationScript;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates a tenant whose migrations can't share a transaction: each has one of its own, under the
 * schema's lease. The history is written with the last one: until then the schema has none of what
 * anybody may require, so that nobody is let in. If one fails, what was made is taken away.
 * Confined to one thread.
 */
final class TenantInSteps {

  private static final Logger LOG = LoggerFactory.getLogger(TenantInSteps.class);

  private final Sessions sessions;
  private final Leases leases;
  private final Announcer announcer;
  private final SchemaRef schema;
  private final List<Step> steps;
  private final List<SeedFile> seedData;
  private final List<String> grants;
  private final Map<Step, Long> millis = new HashMap<>();
  private WorkerSession session;
  private long token;

  /** Prepares the creation of a tenant that isn't there. */
  TenantInSteps(
      Sessions sessions,
      Leases leases,
      Announcer announcer,
      WorkerSession session,
      SchemaRef schema,
      List<Step> steps,
      List<SeedFile> seedData,
      List<String> grants) {
    this.sessions = sessions;
    this.leases = leases;
    this.announcer = announcer;
    this.session = session;
    this.schema = schema;
    this.steps = List.copyOf(steps);
    this.seedData = List.copyOf(seedData);
    this.grants = List.copyOf(grants);
  }

  /**
   * Creates it.
   *
   * @return how that ended; of a success the time is zero
   * @throws SQLException if the connection was lost before anything was made
   */
  TenantCreation create() throws SQLException {
    Long taken = leases.acquire(session, schema, false).token();
    if (taken == null) {
      return new TenantCreation.Failed(
          schema, null, null, "another process is making or migrating the schema " + schema);
    }
    token = taken;
    try {
      TenantCreation notMade = make();
      return notMade == null ? fill() : notMade;
    } finally {
      leases.giveBack(schema, token);
    }
  }

  /** Makes the schema, empty; how the creation ended if it can't be. */
  private @Nullable TenantCreation make() throws SQLException {
    MigrationScript script =
        sessions.script(schema).statement("CREATE SCHEMA " + SqlIdentifier.quote(schema.schema()));
    try {
      new EachAlone(sessions, session, schema, confirmation(false)).send(script);
      return null;
    } catch (MigrationFailedException e) {
      return "42P06".equals(e.failure().sqlState())
          ? new TenantCreation.AlreadyExists(schema)
          : new TenantCreation.Failed(schema, null, e.failure().sqlState(), e.failure().text());
    }
  }

  private TenantCreation fill() {
    @Nullable MigrationPart at = null;
    try {
      EachAlone alone = new EachAlone(sessions, session, schema, confirmation(false));
      for (Step step : steps) {
        long began = System.nanoTime();
        at = step.part();
        if (at != null) {
          alone.run(at);
        }
        millis.put(step, Duration.ofNanos(System.nanoTime() - began).toMillis());
      }
      for (SeedFile file : seedData) {
        at = file.part();
        alone.run(at);
      }
      at = null;
      record();
      announcer.changed(schema.schema());
      return new TenantCreation.Created(
          schema,
          steps.stream().flatMap(step -> step.versions().stream()).toList(),
          Duration.ZERO,
          "");
    } catch (MigrationFailedException e) {
      return failed(at, e.failure().sqlState(), at == null ? e.describe() : e.describe(at));
    } catch (SQLException e) {
      SqlFailure failure = session.failure(e);
      return lost(at, failure);
    } catch (RuntimeException | Error e) {
      LOG.atWarn().setCause(e).addKeyValue("schema", schema).log("making a tenant ended oddly");
      takeAway();
      throw e;
    }
  }

  /** Writes down all that was done, and gives the lease back. */
  private void record() throws SQLException, MigrationFailedException {
    SchemaProgress progress = new SchemaProgress(new SchemaHistory(schema, true, List.of()));
    MigrationScript script =
        sessions.script(schema).statement(sessions.historyTable().create(schema));
    for (Step step : steps) {
      script.recorded(step, false, Long.toString(millis.getOrDefault(step, 0L)));
      progress.done(step);
    }
    grants.forEach(script::statement);
    script.statement(SeedLog.forget(schema));
    seedData.forEach(file -> script.statement(SeedLog.record(schema, file, Sessions.by())));
    script.statement(progress.registryRow(sessions.registry().bookkeeping()));
    new EachAlone(sessions, session, schema, confirmation(true)).send(script);
  }

  private String confirmation(boolean last) {
    return leases.confirmation(sessions.registry().bookkeeping(), schema, token, last);
  }

  private TenantCreation failed(@Nullable MigrationPart at, @Nullable String state, String error) {
    Migration migration =
        at == null
            ? null
            : steps.stream()
                .filter(step -> at.equals(step.part()))
                .map(Step::about)
                .findFirst()
                .orElse(null);
    String what =
        migration != null
            ? "migration %s failed: %s".formatted(migration, error)
            : at != null ? "seed data failed: " + error : error;
    return new TenantCreation.Failed(schema, migration, state, what + takeAway());
  }

  /** One of the migrations may have ended its own connection; another one tells. */
  private TenantCreation lost(@Nullable MigrationPart at, SqlFailure failure) {
    try (Connection another = sessions.connections().borrow()) {
      session = sessions.session(another, new RunControl());
      try {
        return failed(at, failure.sqlState(), "the connection was lost: " + failure.text());
      } finally {
        if (!session.isClean()) {
          sessions.connections().end(another);
        }
      }
    } catch (SQLException e) {
      return new TenantCreation.Unreachable(
          schema, failure.text() + "; the schema may be there half made, without a history");
    }
  }

  /** Takes away what was made; says what keeps it from that. */
  private String takeAway() {
    try {
      MigrationScript script =
          sessions
              .script(schema)
              .statement(confirmation(false))
              .statement(SeedLog.forget(schema))
              .statement(Registry.forget(schema));
      SchemaRemoval.drop(session, schema, script);
      session.send(leases.statements().removal(schema, token));
      return "";
    } catch (SQLException e) {
      String error = session.failure(e).text();
      session.abandonTransaction();
      LOG.atWarn()
          .addKeyValue("schema", schema)
          .addKeyValue("error", error)
          .log("a tenant that couldn't be made can't be taken away");
      return "; the half-made schema %s is still there: %s".formatted(schema, error);
    }
  }
}
