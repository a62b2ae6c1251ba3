package dev.tenantgate.migrator.survey;

import dev.tenantgate.config.MigrationTool;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.Elsewhere;
import dev.tenantgate.migrator.history.ExternalHistories;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.session.Sessions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the histories of another tool, as the settings say where they stand. Thread-safe. */
public final class ExternalReader {

  /** So long the list of the schemas that are no tenant's is good for. */
  private static final long KNOWN_NANOS = 5_000_000_000L;

  private final Sessions sessions;
  private final Elsewhere elsewhere;
  private volatile @Nullable Known known;

  private record Known(Collection<String> schemas, long readNanos) {}

  /**
   * Makes a reader.
   *
   * @param elsewhere the schemas that are no tenant's
   */
  public ExternalReader(Sessions sessions, Elsewhere elsewhere) {
    this.sessions = sessions;
    this.elsewhere = elsewhere;
  }

  public List<SchemaHistory> read(Connection connection, Collection<SchemaRef> schemas)
      throws SQLException {
    MigrationTool tool = sessions.settings().tool();
    return ExternalHistories.read(
        connection, schemas, tool.command(), tool.historyTable(), this::others);
  }

  private Collection<String> others(Connection connection) throws SQLException {
    Known last = known;
    long now = System.nanoTime();
    if (last == null || now - last.readNanos() > KNOWN_NANOS) {
      last = new Known(elsewhere.schemas(connection), now);
      known = last;
    }
    return last.schemas();
  }
}
