package dev.tenantgate.migrator;

import dev.tenantgate.config.ExecutionSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.checkpoint.CheckpointCheck;
import dev.tenantgate.migrator.checkpoint.CheckpointNotMadeException;
import dev.tenantgate.migrator.checkpoint.Templates;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.rehearsal.Rehearsal;
import dev.tenantgate.migrator.rehearsal.SchemaRehearsal;
import dev.tenantgate.migrator.rights.AccountRights;
import dev.tenantgate.migrator.rights.MissingRights;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.survey.OrderedWork;
import dev.tenantgate.migrator.survey.SchemaNames;
import dev.tenantgate.migrator.verify.Drift;
import dev.tenantgate.migrator.verify.DriftCheck;
import dev.tenantgate.migrator.verify.ServerSyntax;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Checks that change nothing: dry runs, verification, syntax, rights. Thread-safe. */
public final class Checks {

  private final Sessions sessions;
  private final SchemaNames names;
  private final Templates templates;
  private final OrderedWork work;

  Checks(Sessions sessions, SchemaNames names, Templates templates, OrderedWork work) {
    this.sessions = sessions;
    this.names = names;
    this.templates = templates;
    this.work = work;
  }

  /**
   * Says what a run would do to one schema, and tries it in a transaction that is rolled back.
   *
   * @throws SQLException if the database can't be reached or read
   */
  public Rehearsal rehearse(Changelog changelog, SchemaRef schema, Goal goal) throws SQLException {
    return new SchemaRehearsal(sessions).rehearse(templates.resolved(changelog), schema, goal);
  }

  /**
   * The same for many schemas, several at once; gives the results on in the order given, on the
   * calling thread. Each is tried by itself: the pending migrations of the others aren't applied.
   *
   * @throws SQLException if the database can't be reached or read
   */
  public void rehearseAll(
      Changelog changelog, Collection<SchemaRef> schemas, Goal goal, Consumer<Rehearsal> consumer)
      throws SQLException {
    SchemaRehearsal rehearsal = new SchemaRehearsal(sessions);
    Changelog resolved = templates.resolved(changelog);
    work.each(schemas, schema -> rehearsal.rehearse(resolved, schema, goal), consumer);
  }

  /**
   * Has the server's parser read migrations, of which none is run. It reads no bodies of DO, nor of
   * functions in other languages than SQL's own.
   *
   * @return the errors, each with file and line
   * @throws SQLException if the database can't be reached
   */
  public List<ChangelogProblem> checkSyntax(Collection<Migration> migrations) throws SQLException {
    try (Connection connection = sessions.connections().borrow()) {
      return ServerSyntax.check(connection, List.copyOf(migrations));
    }
  }

  /**
   * Compares schemas with the migrations that their histories claim, in the order given. The
   * reference is built in a transaction that is rolled back.
   *
   * @throws SQLException if the database can't be reached or read
   */
  public List<Drift> verify(Changelog changelog, Collection<SchemaRef> schemas)
      throws SQLException {
    return new DriftCheck(sessions, work, changelog).check(schemas);
  }

  /**
   * Compares the checkpoint that new tenants are created from with the result of all migrations:
   * the schema, its rows, the positions of its sequences. Both are made and undone.
   *
   * @return the differences; empty where there is no checkpoint
   * @throws SQLException if the database can't be reached or read
   */
  public Optional<Drift> verifyCheckpoint(Changelog changelog) throws SQLException {
    return new CheckpointCheck(sessions, templates).check(changelog);
  }

  /**
   * Writes a dump of the state after a tenant's migrations up to a version, for {@code
   * migrations.checkpoint.dump}. They are applied to a schema that is undone.
   *
   * @param version one of a tenant's migration
   * @throws CheckpointNotMadeException if they fail, or their state can't be written as a dump
   * @throws SQLException if the database can't be reached
   */
  public String makeCheckpoint(Changelog changelog, Version version)
      throws SQLException, CheckpointNotMadeException {
    return new CheckpointCheck(sessions, templates).dump(changelog, version);
  }

  /**
   * The rights of the account that it has no need of, in the words of {@code CREATE ROLE}.
   *
   * @throws SQLException if the database can't be reached
   */
  public List<String> excessRights() throws SQLException {
    try (Connection connection = sessions.connections().borrow()) {
      return AccountRights.excess(connection);
    }
  }

  /**
   * The rights that the account lacks for the settings, each in a sentence with the statement that
   * grants it. The catalog is read, and nothing is tried.
   *
   * @throws SQLException if the database can't be reached
   */
  public List<String> missingRights() throws SQLException {
    List<String> schemas = names.tenants().stream().map(SchemaRef::schema).toList();
    MigrationSettings settings = sessions.settings();
    MissingRights.Needs needs =
        new MissingRights.Needs(
            settings.tool().isExternal(),
            settings.execution().role() == ExecutionSettings.Role.OWNER,
            settings.ownHistoryTable());
    try (Connection connection = sessions.connections().borrow()) {
      return MissingRights.of(connection, schemas, names.others(connection), needs);
    }
  }
}
