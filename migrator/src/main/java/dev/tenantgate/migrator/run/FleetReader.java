package dev.tenantgate.migrator.run;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.HistoryReader;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads which schemas there are and their histories, tens of thousands of them: in parts, so that
 * neither this process nor a backend has to hold much at once. Thread-safe.
 */
final class FleetReader {

  /** How many histories one task reads, over one connection. */
  private static final int PART = 1_000;

  private static final long KNOWN_NANOS = 2_000_000_000L;

  private final MigrationContext context;
  private final SchemaPattern pattern;
  private final int readers;
  private volatile @Nullable Seen seen;

  /** The schemas that are no tenant's, and when they were looked for. */
  private record Seen(List<String> others, long nanos) {}

  /**
   * Makes a reader.
   *
   * @param readers how many parts are read at once
   */
  FleetReader(MigrationContext context, SchemaPattern pattern, int readers) {
    this.context = context;
    this.pattern = pattern;
    this.readers = readers;
    context.elsewhere(this::elsewhere);
  }

  /** The tenant's schema that a schema is, if it is one. */
  Optional<SchemaRef> refOf(String schema) {
    return TenantName.isReserved(schema)
        ? Optional.empty()
        : pattern.tenantOf(schema).map(tenant -> new SchemaRef(schema, tenant));
  }

  /** Every tenant schema that there is, by name. */
  List<SchemaRef> tenants() throws SQLException {
    List<SchemaRef> tenants = new ArrayList<>();
    names().forEach(name -> refOf(name).ifPresent(tenants::add));
    return tenants;
  }

  /** Every schema that is neither a tenant's nor reserved, by name. */
  List<String> others() throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      return others(connection);
    }
  }

  /** As it was a moment ago: many schemas are looked at one after the other. */
  private List<String> elsewhere(Connection connection) throws SQLException {
    Seen known = seen;
    if (known == null || System.nanoTime() - known.nanos() > KNOWN_NANOS) {
      known = new Seen(others(connection), System.nanoTime());
      seen = known;
    }
    return known.others();
  }

  List<String> others(Connection connection) throws SQLException {
    return names(connection).stream()
        .filter(name -> !TenantName.isReserved(name) && refOf(name).isEmpty())
        .toList();
  }

  private List<String> names() throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      return names(connection);
    }
  }

  private static List<String> names(Connection connection) throws SQLException {
    List<String> names = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT nspname FROM pg_catalog.pg_namespace ORDER BY nspname")) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }

  /** The schemas of a scope, {@code public} first if it is among them. */
  List<SchemaRef> schemas(FleetScope scope) throws SQLException {
    if (scope instanceof FleetScope.Only only) {
      List<SchemaRef> schemas = new ArrayList<>(only.schemas().stream().distinct().toList());
      if (schemas.remove(SchemaRef.PUBLIC)) {
        schemas.add(0, SchemaRef.PUBLIC);
      }
      return schemas;
    }
    List<SchemaRef> schemas = new ArrayList<>();
    if (scope instanceof FleetScope.All) {
      schemas.add(SchemaRef.PUBLIC);
    }
    schemas.addAll(tenants());
    return schemas;
  }

  /** Reads histories, in the order given, and holds all of them. */
  List<SchemaHistory> histories(Collection<SchemaRef> schemas) throws SQLException {
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
  void survey(List<SchemaRef> schemas, Consumer<SchemaHistory> consumer) throws SQLException {
    List<List<SchemaRef>> parts = new ArrayList<>();
    for (int from = 0; from < schemas.size(); from += PART) {
      parts.add(schemas.subList(from, Math.min(from + PART, schemas.size())));
    }
    new OrderedWork(context.workers(), readers)
        .each(parts, this::part, histories -> histories.forEach(consumer));
  }

  private List<SchemaHistory> part(List<SchemaRef> schemas) throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      List<SchemaHistory> histories =
          context.isExternal()
              ? context.externalReader().read(connection, schemas)
              : HistoryReader.read(connection, schemas, context.elsewhere());
      context.connections().touched(connection, schemas.size());
      return histories;
    }
  }
}
