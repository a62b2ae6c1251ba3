package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.Elsewhere;
import dev.tenantgate.migrator.history.ExternalHistories;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the histories of another tool, as the settings say where they stand. Thread-safe. */
final class ExternalReader {

  /** So long the list of the schemas that are no tenant's is good for. */
  private static final long KNOWN_NANOS = 5_000_000_000L;

  private final MigrationContext context;
  private final Elsewhere elsewhere;
  private volatile @Nullable Known known;

  private record Known(Collection<String> schemas, long readNanos) {}

  /**
   * Makes a reader.
   *
   * @param elsewhere the schemas that are no tenant's
   */
  ExternalReader(MigrationContext context, Elsewhere elsewhere) {
    this.context = context;
    this.elsewhere = elsewhere;
  }

  List<SchemaHistory> read(Connection connection, Collection<SchemaRef> schemas)
      throws SQLException {
    return ExternalHistories.read(
        connection, schemas, context.settings().tool().historyTable(), this::others);
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
