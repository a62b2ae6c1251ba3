package dev.tenantgate.migrator.survey;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.HistoryDigest;
import dev.tenantgate.migrator.history.HistoryMarks;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.history.RegistryRepair;
import dev.tenantgate.migrator.history.RegistryRepair.Repaired;
import dev.tenantgate.migrator.history.RegistryRow;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.session.SchemaOwner;
import dev.tenantgate.migrator.session.Sessions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the state of the whole fleet from the registry, and puts the registry right from the
 * histories. Thread-safe.
 */
public final class RegistryReader {

  private static final Logger LOG = LoggerFactory.getLogger(RegistryReader.class);

  /** So many repairs get lines of their own in the log. */
  private static final int LOGGED = 20;

  private final Sessions sessions;
  private final FleetReader reader;

  public RegistryReader(Sessions sessions, FleetReader reader) {
    this.sessions = sessions;
    this.reader = reader;
  }

  /** Every row; none where another tool migrates, of whose histories it knows nothing. */
  public List<RegistryRow> rows() throws SQLException {
    if (sessions.isExternal()) {
      return List.of();
    }
    try (Connection connection = sessions.connections().borrow()) {
      return Registry.read(connection);
    }
  }

  /**
   * Gives on what the registry knows of these schemas, in the order given. The rows tell which
   * histories are the same; one of each kind is read. A schema that the registry doesn't know, or
   * knows as failed, is read from its own history.
   */
  public void survey(List<SchemaRef> schemas, Consumer<SchemaHistory> consumer)
      throws SQLException {
    survey(schemas, rows(), row -> row.failedVersion() == null, consumer);
  }

  /**
   * Gives on the histories of these schemas, in the order given: read, but for those whose marks
   * say that they are as the registry has them.
   */
  public void surveyChanged(
      List<SchemaRef> schemas,
      List<RegistryRow> rows,
      HistoryMarks marks,
      Consumer<SchemaHistory> consumer)
      throws SQLException {
    if (sessions.isExternal()) {
      reader.survey(schemas, consumer);
      return;
    }
    Set<String> ofOthers = ofOthers();
    List<RegistryRow> unchanged =
        rows.stream()
            .filter(marks::confirm)
            .filter(row -> !ofOthers.contains(row.schema().schema()))
            .toList();
    // Histories that are read here are held until they are given on: many are read bit by bit.
    if (unchanged.size() < schemas.size() / 2) {
      reader.survey(schemas, consumer);
    } else {
      survey(schemas, unchanged, row -> true, consumer);
    }
  }

  private void survey(
      List<SchemaRef> schemas,
      List<RegistryRow> rows,
      Predicate<RegistryRow> known,
      Consumer<SchemaHistory> consumer)
      throws SQLException {
    Map<String, String> digests = new HashMap<>();
    for (RegistryRow row : rows) {
      String digest = row.digest();
      // The registry doesn't know the objects of a schema to which nothing is applied.
      if (digest != null && row.applied() > 0 && known.test(row)) {
        digests.put(row.schema().schema(), digest);
      }
    }
    Map<String, SchemaHistory> kinds = kinds(schemas, digests);
    List<SchemaRef> toBeRead =
        schemas.stream()
            .filter(schema -> !kinds.containsKey(digests.getOrDefault(schema.schema(), "")))
            .toList();
    Map<SchemaRef, SchemaHistory> read = new HashMap<>();
    reader.survey(toBeRead, history -> read.put(history.schema(), history));
    for (SchemaRef schema : schemas) {
      SchemaHistory own = read.get(schema);
      SchemaHistory kind = kinds.get(digests.getOrDefault(schema.schema(), ""));
      if (own != null) {
        consumer.accept(own);
      } else if (kind != null) {
        consumer.accept(new SchemaHistory(schema, true, true, kind.entries(), null));
      }
    }
  }

  private Set<String> ofOthers() throws SQLException {
    try (Connection connection = sessions.connections().borrow()) {
      sessions.ofOthers(SchemaOwner.ofOthers(connection));
      return sessions.histories().ofOthers(connection);
    }
  }

  /** One history of each digest, where that is its own still. */
  private Map<String, SchemaHistory> kinds(List<SchemaRef> schemas, Map<String, String> digests)
      throws SQLException {
    Map<String, SchemaRef> examples = new HashMap<>();
    for (SchemaRef schema : schemas) {
      String digest = digests.get(schema.schema());
      if (digest != null) {
        examples.putIfAbsent(digest, schema);
      }
    }
    Map<String, SchemaHistory> kinds = new HashMap<>();
    for (SchemaHistory history : reader.histories(List.copyOf(examples.values()))) {
      String digest = HistoryDigest.of(history);
      if (digest.equals(digests.get(history.schema().schema()))) {
        kinds.put(digest, history);
      }
    }
    return kinds;
  }

  /** The histories' marks as they are now. */
  public HistoryMarks marks() throws SQLException {
    if (sessions.isExternal()) {
      return HistoryMarks.NONE;
    }
    try (Connection connection = sessions.connections().borrow()) {
      return sessions.strategy(connection).hasTransactionalDdl()
          ? HistoryMarks.read(connection, sessions.historyName())
          : HistoryMarks.NONE;
    }
  }

  /** Reads every history and puts the registry right; says what was wrong. */
  public List<Repaired> repair() throws SQLException {
    if (sessions.isExternal()) {
      return List.of();
    }
    RegistryRepair repair = new RegistryRepair(rows(), marks());
    List<SchemaRef> schemas = new ArrayList<>(List.of(SchemaRef.PUBLIC));
    schemas.addAll(reader.names().tenants());
    reader.survey(schemas, repair::take);
    return write(repair);
  }

  /** Writes repairs that histories have shown to be needed. */
  public List<Repaired> write(RegistryRepair repair) throws SQLException {
    if (sessions.isExternal()) {
      return List.of();
    }
    try (Connection connection = sessions.connections().borrow()) {
      if (repair.isNeeded()) {
        sessions.registry().forget();
        sessions.registry().ensure(connection);
      } else if (!Registry.exists(connection)) {
        return List.of();
      }
      List<Repaired> repaired = repair.write(connection);
      repaired.stream()
          .limit(LOGGED)
          .forEach(
              one ->
                  LOG.atInfo()
                      .addKeyValue("schema", one.schema())
                      .log("the registry was put right: {}", one.what()));
      if (repaired.size() > LOGGED) {
        LOG.atInfo()
            .addKeyValue("schemas", repaired.size())
            .log("the registry was put right, here and for others");
      }
      return repaired;
    }
  }
}
