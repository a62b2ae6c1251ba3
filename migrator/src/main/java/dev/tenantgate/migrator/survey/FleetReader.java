package dev.tenantgate.migrator.survey;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.session.Sessions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads the histories of tens of thousands of schemas: in parts, so that neither this process nor a
 * backend has to hold much at once. Thread-safe.
 */
public final class FleetReader {

  /** How many histories one task reads, over one connection. */
  private static final int PART = 1_000;

  private final Sessions sessions;
  private final SchemaNames names;
  private final ExternalReader external;
  private final OrderedWork work;

  /**
   * Makes a reader.
   *
   * @param work reads several parts at once
   */
  public FleetReader(
      Sessions sessions, SchemaNames names, ExternalReader external, OrderedWork work) {
    this.sessions = sessions;
    this.names = names;
    this.external = external;
    this.work = work;
  }

  /** Reads which schemas there are. */
  public SchemaNames names() {
    return names;
  }

  /** Reads histories, in the order given, and holds all of them. */
  public List<SchemaHistory> histories(Collection<SchemaRef> schemas) throws SQLException {
    if (schemas.size() <= PART) {
      return schemas.isEmpty() ? List.of() : part(List.copyOf(schemas));
    }
    List<SchemaHistory> histories = new ArrayList<>(schemas.size());
    survey(List.copyOf(schemas), histories::add);
    return histories;
  }

  /**
   * Reads histories, several parts at once, and gives them on in order, on the calling thread.
   *
   * @throws SQLException if the database can't be reached or read; some may have been given on then
   */
  public void survey(List<SchemaRef> schemas, Consumer<SchemaHistory> consumer)
      throws SQLException {
    List<List<SchemaRef>> parts = new ArrayList<>();
    for (int from = 0; from < schemas.size(); from += PART) {
      parts.add(schemas.subList(from, Math.min(from + PART, schemas.size())));
    }
    work.each(parts, this::part, histories -> histories.forEach(consumer));
  }

  private List<SchemaHistory> part(List<SchemaRef> schemas) throws SQLException {
    try (Connection connection = sessions.connections().borrow()) {
      List<SchemaHistory> histories =
          sessions.isExternal()
              ? external.read(connection, schemas)
              : sessions.histories().read(connection, schemas, sessions.elsewhere());
      sessions.connections().touched(connection, schemas.size());
      return histories;
    }
  }
}
