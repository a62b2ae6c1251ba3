package dev.tenantgate.migrator.provision;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.announce.Announcer;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.changelog.SeedFile;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.history.SeedLog;
import dev.tenantgate.migrator.lease.Leases;
import dev.tenantgate.migrator.plan.Dependencies;
import dev.tenantgate.migrator.plan.NewSchema;
import dev.tenantgate.migrator.plan.SchemaPlan;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.rehearsal.EachAlone;
import dev.tenantgate.migrator.rehearsal.SchemaRehearsal;
import dev.tenantgate.migrator.rehearsal.ScratchSchema;
import dev.tenantgate.migrator.schema.SchemaProgress;
import dev.tenantgate.migrator.session.MigrationFailedException;
import dev.tenantgate.migrator.session.MigrationScript;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.sql.SessionEffect;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Creates tenants: schema, history, every migration, grants, seed data, registry, all in one
 * message and transaction. No lease is needed: until that commits, nobody else sees the schema, and
 * whoever creates the same one at the same time waits for this one's end. Stateless; thread-safe.
 */
public final class TenantCreator {

  private final Sessions sessions;
  private final Leases leases;
  private final Announcer announcer;
  private final SchemaGrants grants;

  public TenantCreator(Sessions sessions, Leases leases, Announcer announcer, SchemaGrants grants) {
    this.sessions = sessions;
    this.leases = leases;
    this.announcer = announcer;
    this.grants = grants;
  }

  /** The parts of a tenant. */
  private record Plan(SchemaRef schema, List<Step> steps, List<SeedFile> seedData) {
    SessionEffect effect() {
      return WorkerSession.effectOf(steps).or(TenantSeeder.effectOf(seedData));
    }

    /** All that is run, in order. */
    List<MigrationPart> parts() {
      List<MigrationPart> parts = new ArrayList<>();
      for (Step step : steps) {
        MigrationPart part = step.part();
        if (part != null) {
          parts.add(part);
        }
      }
      seedData.forEach(file -> parts.add(file.part()));
      return parts;
    }
  }

  /**
   * Creates a tenant.
   *
   * @param rehearsal whether it is undone in the end
   */
  public TenantCreation create(Changelog changelog, SchemaRef schema, boolean rehearsal) {
    long startedNanos = System.nanoTime();
    SchemaPlan planned = NewSchema.planOf(schema, changelog);
    String objection = planned.objection();
    if (objection != null) {
      return new TenantCreation.Failed(schema, null, null, objection);
    }
    List<Step> steps = planned.steps();
    try (Connection connection = sessions.connections().borrow()) {
      WorkerSession session = sessions.session(connection, new RunControl());
      try {
        if (!rehearsal) {
          sessions.registry().ensure(connection);
        }
        Dependencies dependencies = new Dependencies(changelog, schema, changelog.of(schema));
        String unmet =
            dependencies.needPublic() ? dependencies.unmet(historyOfPublic(connection)) : null;
        if (unmet != null) {
          return new TenantCreation.Failed(schema, null, null, unmet);
        }
        Plan plan = new Plan(schema, steps, changelog.seedData());
        return explained(create(session, plan, rehearsal, startedNanos), changelog, connection);
      } finally {
        if (session.isClean()) {
          sessions.connections().touched(connection, 1);
        } else {
          sessions.connections().end(connection);
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
      WorkerSession session, Plan plan, boolean rehearsal, long startedNanos) {
    SchemaRef schema = plan.schema();
    List<Step> steps = plan.steps();
    for (int tries = 1; ; tries++) {
      MigrationScript script = script(plan, rehearsal);
      try {
        session.send(rehearsal ? script.rollback() : script.commit());
        putBack(session, plan);
        if (!rehearsal) {
          announcer.changed(schema.schema());
        }
        return new TenantCreation.Created(
            schema,
            versions(steps),
            Duration.ofNanos(System.nanoTime() - startedNanos),
            rehearsal ? text(plan) : "");
      } catch (SQLException e) {
        SqlFailure failure = session.failure(e);
        session.abandonTransaction();
        putBack(session, plan);
        boolean again =
            failure.kind() == SqlFailure.Kind.RETRY && tries < sessions.retries().maxTries();
        if (!again || !EachAlone.pause(sessions.retries().delay(tries))) {
          TenantCreation alone = inSteps(session, plan, rehearsal, startedNanos, failure);
          return alone == null ? notCreated(session, plan, script, failure) : alone;
        }
      }
    }
  }

  /**
   * Creates a tenant whose migrations can't share a transaction.
   *
   * @param failure what it failed with in one
   * @return null if it wouldn't go better so
   */
  private @Nullable TenantCreation inSteps(
      WorkerSession session, Plan plan, boolean rehearsal, long startedNanos, SqlFailure failure) {
    List<MigrationPart> parts = plan.parts();
    boolean several = parts.size() > 1 || parts.stream().anyMatch(part -> !part.transactional());
    if (!several || !EachAlone.mayHelp(failure)) {
      return null;
    }
    try {
      TenantCreation creation = rehearsal ? tryOut(session, plan) : inSteps(session, plan);
      return creation instanceof TenantCreation.Created created
          ? new TenantCreation.Created(
              created.schema(),
              created.applied(),
              Duration.ofNanos(System.nanoTime() - startedNanos),
              rehearsal ? text(plan) : "")
          : creation;
    } catch (SQLException e) {
      SqlFailure lost = session.failure(e);
      session.abandonTransaction();
      return lost.isLoss() ? afterLoss(session, plan.schema(), lost) : null;
    }
  }

  private TenantCreation inSteps(WorkerSession session, Plan plan) throws SQLException {
    SchemaRef schema = plan.schema();
    return new TenantInSteps(
            sessions,
            leases,
            announcer,
            session,
            schema,
            plan.steps(),
            plan.seedData(),
            grants.statements(schema))
        .create();
  }

  /** The same without the tenant: what isn't there yet, under another name. */
  private TenantCreation tryOut(WorkerSession session, Plan plan) throws SQLException {
    SchemaRef schema = plan.schema();
    if (sessions.histories().read(session.connection(), schema).exists()) {
      return new TenantCreation.AlreadyExists(schema);
    }
    try {
      return ScratchSchema.with(
          sessions,
          session,
          (scratch, alone) -> {
            for (MigrationPart part : plan.parts()) {
              alone.runNaming(part);
            }
            MigrationScript script = sessions.script(scratch);
            grants.statements(scratch).forEach(script::statement);
            alone.send(script);
            return new TenantCreation.Created(schema, versions(plan.steps()), Duration.ZERO, "");
          });
    } catch (MigrationFailedException e) {
      return new TenantCreation.Failed(schema, null, e.failure().sqlState(), e.describe());
    }
  }

  /** The migrations' statements, without the bookkeeping. */
  private String text(Plan plan) {
    SchemaRef schema = plan.schema();
    StringBuilder text = new StringBuilder();
    text.append("CREATE SCHEMA ").append(SqlIdentifier.quote(schema.schema())).append(";\n");
    text.append(SchemaRehearsal.text(schema, plan.steps(), sessions.settings()));
    text.append(TenantSeeder.text(grants.statements(schema)));
    return text.append(TenantSeeder.text(schema, plan.seedData())).toString();
  }

  private static List<Version> versions(List<Step> steps) {
    return steps.stream().flatMap(step -> step.versions().stream()).toList();
  }

  private static void putBack(WorkerSession session, Plan plan) {
    session.restoreAfter(plan.effect());
  }

  /** Only where it matters: a look into a {@code public} without a history takes many questions. */
  private SchemaHistory historyOfPublic(Connection connection) throws SQLException {
    return sessions.histories().read(connection, SchemaRef.PUBLIC);
  }

  /** Says of a failure that it may be because {@code public} lacks something. */
  private TenantCreation explained(
      TenantCreation creation, Changelog changelog, Connection connection) {
    if (!(creation instanceof TenantCreation.Failed failed) || failed.migration() == null) {
      return creation;
    }
    SchemaStatus status;
    try {
      status = SchemaStatus.of(historyOfPublic(connection), changelog, new Target.Latest());
    } catch (SQLException e) {
      return creation; // what failed is known all the same
    }
    return status.pending().isEmpty()
        ? creation
        : new TenantCreation.Failed(
            failed.schema(),
            failed.migration(),
            failed.sqlState(),
            "%s; public lacks %d migrations (%s …): tenantgate migrate public brings them"
                .formatted(failed.error(), status.pending().size(), status.pending().get(0)));
  }

  private MigrationScript script(Plan plan, boolean rehearsal) {
    SchemaRef schema = plan.schema();
    SchemaProgress progress = new SchemaProgress(new SchemaHistory(schema, true, List.of()));
    MigrationScript script = beginning(schema);
    for (Step step : plan.steps()) {
      if (rehearsal) {
        script.rehearse(step);
      } else {
        script.step(step, false);
      }
      progress.done(step);
    }
    grants.statements(schema).forEach(script::statement);
    if (rehearsal) {
      plan.seedData().forEach(file -> script.statements(file.part()));
      return script;
    }
    script.statement(SeedLog.forget(schema));
    plan.seedData().forEach(file -> sessions.seed(script, schema, file));
    return script.statement(progress.registryRow(sessions.registry().bookkeeping()));
  }

  private MigrationScript beginning(SchemaRef schema) {
    return sessions
        .script(schema)
        .statement("CREATE SCHEMA " + SqlIdentifier.quote(schema.schema()))
        .statement(sessions.historyTable().create(schema));
  }

  private TenantCreation notCreated(
      WorkerSession session, Plan plan, MigrationScript script, SqlFailure failure) {
    SchemaRef schema = plan.schema();
    if (failure.isLoss()) {
      return afterLoss(session, schema, failure);
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
    MigrationPart part = place == null ? failing(session, plan) : place.part();
    if (part == null) {
      // Behind the migrations there are only grants that name something of the settings'.
      String said = "42704".equals(state) ? "tenants.grants: " : "";
      return new TenantCreation.Failed(schema, null, state, said + failure.text());
    }
    String where = MigrationFailedException.of(session, failure, place).describe(part);
    Step step = stepOf(part, plan.steps());
    return new TenantCreation.Failed(
        schema,
        step == null ? null : step.about(),
        state,
        "%s failed: %s".formatted(step == null ? "seed data" : step.subject(), where));
  }

  /** If the server goes on, one of the migrations has ended its own connection. */
  private TenantCreation afterLoss(WorkerSession session, SchemaRef schema, SqlFailure failure) {
    session.broken();
    try (Connection another = sessions.connections().borrow()) {
      boolean there = sessions.histories().read(another, schema).exists();
      return there
          ? new TenantCreation.Unreachable(schema, failure.text())
          : new TenantCreation.Failed(
              schema,
              null,
              failure.sqlState(),
              "the connection was lost, and nothing was created: " + failure.text());
    } catch (SQLException e) {
      return new TenantCreation.Unreachable(schema, failure.text());
    }
  }

  /**
   * The statements at fault where the server doesn't say which: the last of the shortest beginning
   * that fails, found by halving. Null if it is none of them.
   */
  private @Nullable MigrationPart failing(WorkerSession session, Plan plan) {
    List<MigrationPart> parts = plan.parts();
    if (!fails(session, plan, parts) || fails(session, plan, List.of())) {
      return null;
    }
    int works = 0;
    int fails = parts.size();
    while (works + 1 < fails) {
      int middle = (works + fails) / 2;
      if (fails(session, plan, parts.subList(0, middle))) {
        fails = middle;
      } else {
        works = middle;
      }
    }
    return fails == 0 ? null : parts.get(fails - 1);
  }

  private boolean fails(WorkerSession session, Plan plan, List<MigrationPart> parts) {
    MigrationScript script = beginning(plan.schema());
    parts.forEach(script::statements);
    try {
      session.send(script.rollback());
      return false;
    } catch (SQLException e) {
      session.abandonTransaction();
      return true;
    } finally {
      putBack(session, plan);
    }
  }

  private static @Nullable Step stepOf(MigrationPart part, List<Step> steps) {
    return steps.stream().filter(step -> part.equals(step.part())).findFirst().orElse(null);
  }
}
