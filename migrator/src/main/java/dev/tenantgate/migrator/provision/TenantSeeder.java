package dev.tenantgate.migrator.provision;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.SeedFile;
import dev.tenantgate.migrator.changelog.SeedValueException;
import dev.tenantgate.migrator.changelog.SeedValues;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.history.SeedLog;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.session.MigrationFailedException;
import dev.tenantgate.migrator.session.MigrationScript;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.sql.SessionEffect;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Gives tenants that are there already their seed data, each file once, all in one transaction; and
 * their grants. Needs no lease: it changes no schema, and two at once meet at the log's row.
 * Stateless; thread-safe.
 */
public final class TenantSeeder {

  private final Sessions sessions;
  private final SchemaGrants grants;
  private final boolean rehearsal;

  /**
   * Makes one.
   *
   * @param rehearsal whether all is undone in the end
   */
  public TenantSeeder(Sessions sessions, SchemaGrants grants, boolean rehearsal) {
    this.sessions = sessions;
    this.grants = grants;
    this.rehearsal = rehearsal;
  }

  /** Seed data as it is run in a schema, without the bookkeeping. */
  static String text(SchemaRef schema, List<SeedFile> files) {
    StringBuilder text = new StringBuilder();
    for (SeedFile file : files) {
      String sql = file.part().sql().strip();
      text.append("-- seed data: %s%nSET LOCAL search_path = ".formatted(file.name()))
          .append(SqlIdentifier.quote(schema.schema()))
          .append(";\n")
          .append(sql)
          .append(sql.endsWith(";") ? "\n" : "\n;\n");
    }
    return text.toString();
  }

  /** Statements as they are run. */
  static String text(List<String> statements) {
    return statements.stream().map(statement -> statement + ";\n").collect(Collectors.joining());
  }

  /**
   * Applies the files that the schema wasn't given yet.
   *
   * @param values what these may ask for
   */
  public Seeding seed(Changelog changelog, SchemaRef schema, SeedValues values) {
    return with(
        schema,
        session -> {
          SchemaHistory history = sessions.histories().read(session.connection(), schema);
          SchemaStatus status = SchemaStatus.of(history, changelog, new Target.Latest());
          return status.unmanaged() == null
              ? seed(session, changelog.seedData(), schema, values)
              : Seeding.failed(schema, status.unmanaged().toString());
        });
  }

  private Seeding seed(
      WorkerSession session, List<SeedFile> seedData, SchemaRef schema, SeedValues values)
      throws SQLException {
    Map<String, String> given = SeedLog.read(session.connection(), schema);
    List<SeedFile> missing = new ArrayList<>();
    List<String> earlier = new ArrayList<>();
    List<String> changed = new ArrayList<>();
    for (SeedFile file : seedData) {
      String checksum = given.get(file.name());
      if (checksum == null) {
        try {
          missing.add(file.of(schema, values));
        } catch (SeedValueException e) {
          return Seeding.failed(schema, String.valueOf(e.getMessage()));
        }
      } else {
        earlier.add(file.name());
        if (!checksum.equals(file.checksum())) {
          changed.add(file.name());
        }
      }
    }
    if (!missing.isEmpty()) {
      MigrationScript script = sessions.script(schema);
      missing.forEach(file -> seed(script, schema, file));
      String error = send(session, script, effectOf(missing));
      if (error != null) {
        return Seeding.failed(schema, error);
      }
    }
    return new Seeding(
        schema,
        missing.stream().map(SeedFile::name).toList(),
        earlier,
        changed,
        rehearsal ? text(schema, missing) : "",
        null);
  }

  /** A rehearsal has no table of what was given, maybe. */
  private void seed(MigrationScript script, SchemaRef schema, SeedFile file) {
    if (rehearsal) {
      script.statements(file.part());
    } else {
      sessions.seed(script, schema, file);
    }
  }

  /** Grants what the settings say. */
  public Seeding grant(SchemaRef schema) {
    return with(
        schema,
        session -> {
          MigrationScript script = sessions.script(schema);
          List<String> statements = grants.statements(schema);
          statements.forEach(script::statement);
          String error = send(session, script, SessionEffect.NONE);
          return error == null
              ? new Seeding(
                  schema, List.of(), List.of(), List.of(), rehearsal ? text(statements) : "", null)
              : Seeding.failed(schema, error);
        });
  }

  /** The effect of seed data on the session. */
  static SessionEffect effectOf(List<SeedFile> files) {
    SessionEffect effect = SessionEffect.NONE;
    for (SeedFile file : files) {
      effect = effect.or(file.part().effect());
    }
    return effect;
  }

  /** Sends a script; says what it failed with, null if it didn't. */
  private @Nullable String send(WorkerSession session, MigrationScript script, SessionEffect effect)
      throws SQLException {
    try {
      session.send(rehearsal ? script.rollback() : script.commit());
      return null;
    } catch (SQLException e) {
      SqlFailure failure = session.failure(e);
      session.abandonTransaction();
      if (failure.isLoss()) {
        throw e;
      }
      if ("23505".equals(failure.sqlState()) && failure.text().contains("seed_data_pkey")) {
        return "another process gave it the same seed data just now; run it again";
      }
      return MigrationFailedException.of(session, failure, script.placeOf(failure)).describe();
    } finally {
      session.restoreAfter(effect);
    }
  }

  private interface Work {
    Seeding of(WorkerSession session) throws SQLException;
  }

  private Seeding with(SchemaRef schema, Work work) {
    try (Connection connection = sessions.connections().borrow()) {
      if (rehearsal && !sessions.strategy(connection).hasTransactionalDdl()) {
        return Seeding.failed(
            schema, "this server can't undo everything, so that it can't be tried");
      }
      WorkerSession session = sessions.session(connection, new RunControl());
      try {
        if (!sessions.histories().read(connection, schema).exists()) {
          return Seeding.failed(schema, "there is no schema " + schema);
        }
        if (!rehearsal) {
          sessions.registry().ensure(connection);
        }
        return work.of(session);
      } finally {
        if (!session.isClean()) {
          sessions.connections().end(connection);
        }
      }
    } catch (SQLException e) {
      return Seeding.failed(schema, SqlFailure.of(e).text());
    }
  }
}
