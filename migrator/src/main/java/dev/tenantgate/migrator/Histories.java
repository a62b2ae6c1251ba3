package dev.tenantgate.migrator;

import dev.tenantgate.migrator.adopt.AdoptedTables;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.drain.Drainer;
import dev.tenantgate.migrator.history.Adoption;
import dev.tenantgate.migrator.history.Adoptions;
import dev.tenantgate.migrator.history.Journal;
import dev.tenantgate.migrator.history.JournalEntry;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.history.RegistryRepair.Repaired;
import dev.tenantgate.migrator.history.RegistryRow;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.survey.FleetReader;
import dev.tenantgate.migrator.survey.RegistryReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The histories of schemas, the registry that indexes them, and the journal. Thread-safe. */
public final class Histories {

  private final Sessions sessions;
  private final FleetReader reader;
  private final RegistryReader registry;
  private final Drainer drainer;

  Histories(Sessions sessions, FleetReader reader, RegistryReader registry, Drainer drainer) {
    this.sessions = sessions;
    this.reader = reader;
    this.registry = registry;
    this.drainer = drainer;
  }

  /** Reads one schema's history, from the schema itself. */
  public SchemaHistory of(SchemaRef schema) throws SQLException {
    return of(List.of(schema)).get(0);
  }

  /** Reads the histories of many schemas, in few round trips, in the order given. */
  public List<SchemaHistory> of(Collection<SchemaRef> schemas) throws SQLException {
    return reader.histories(schemas);
  }

  /**
   * Reads the histories of any number of schemas and gives them on one by one, in the order given,
   * on the calling thread; holds but a part of them at a time.
   *
   * @throws SQLException if the database can't be read; some may have been given on then
   */
  public void survey(Collection<SchemaRef> schemas, Consumer<SchemaHistory> consumer)
      throws SQLException {
    reader.survey(List.copyOf(schemas), consumer);
  }

  /**
   * The same, without opening the histories of which the server's statistics tell that nothing was
   * written to them since the registry's row was: as true, and as quick as {@link #surveyRegistry}
   * where nobody has been at work on the database for a quarter of a minute. Times and durations in
   * a history that wasn't opened are those of another schema with the same migrations.
   *
   * @throws SQLException if the database can't be read; some may have been given on then
   */
  public void surveyChanged(Collection<SchemaRef> schemas, Consumer<SchemaHistory> consumer)
      throws SQLException {
    registry.surveyChanged(List.copyOf(schemas), registry.rows(), registry.marks(), consumer);
  }

  /** The registry's row of every schema, by name; empty where there is no registry yet. */
  public List<RegistryRow> registry() throws SQLException {
    return registry.rows();
  }

  /**
   * Gives on, as {@link #survey} does, the histories of these schemas as the registry knows them:
   * at once, but only as true as the registry is. Times and durations in these histories are those
   * of another schema with the same migrations.
   *
   * @throws SQLException if the database can't be read; some may have been given on then
   */
  public void surveyRegistry(Collection<SchemaRef> schemas, Consumer<SchemaHistory> consumer)
      throws SQLException {
    registry.survey(List.copyOf(schemas), consumer);
  }

  /**
   * Reads every history and puts the registry right where it is missing, stale or edited. A schema
   * that is migrated meanwhile keeps its new row. A run over all tenants does the same with the
   * histories it reads.
   *
   * @return the rows that were wrong
   */
  public List<Repaired> repairRegistry() throws SQLException {
    List<Repaired> repaired = registry.repair();
    try (Connection connection = sessions.connections().borrow()) {
      if (Registry.exists(connection)) {
        drainer.orphans().tidy(connection);
      }
    }
    return repaired;
  }

  /**
   * The changes of a schema by this and any other migrator, in their order, since the registry is
   * there.
   *
   * @param schema the schema; null for all
   */
  public List<JournalEntry> journal(@Nullable SchemaRef schema) throws SQLException {
    try (Connection connection = sessions.connections().borrow()) {
      return Journal.read(connection, schema);
    }
  }

  /** The histories that were taken over from other tools, by schema. */
  public List<Adoption> adoptions() throws SQLException {
    try (Connection connection = sessions.connections().borrow()) {
      return Adoptions.read(connection);
    }
  }

  /**
   * Renames tables for all schemas whose histories were taken over, once no schema needs them any
   * more.
   *
   * @return a sentence for each such table
   */
  public List<String> retireAdopted(Changelog changelog) throws SQLException {
    return new AdoptedTables(sessions, reader).retire(changelog);
  }
}
