package dev.tenantgate.migrator.survey;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.session.Sessions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads which schemas there are, and tells tenants' from others by the pattern. Thread-safe. */
public final class SchemaNames {

  private static final long KNOWN_NANOS = 2_000_000_000L;

  private final Sessions sessions;
  private final SchemaPattern pattern;
  private volatile @Nullable Seen seen;

  /** The schemas that are no tenant's, and when they were looked for. */
  private record Seen(List<String> others, long nanos) {}

  public SchemaNames(Sessions sessions, SchemaPattern pattern) {
    this.sessions = sessions;
    this.pattern = pattern;
    sessions.elsewhere(this::elsewhere);
  }

  /** The schema of a tenant, whether it exists or not. */
  public SchemaRef schemaOf(String tenant) {
    return new SchemaRef(pattern.schemaOf(tenant), tenant);
  }

  /** The tenant's schema of that name; empty if the schema is no tenant's. */
  Optional<SchemaRef> refOf(String schema) {
    return TenantName.isReserved(schema)
        ? Optional.empty()
        : pattern.tenantOf(schema).map(tenant -> new SchemaRef(schema, tenant));
  }

  /** The schema of that name; empty if it is neither {@code public} nor a tenant's. */
  public Optional<SchemaRef> named(String schema) {
    return schema.equals(SchemaRef.PUBLIC.schema()) ? Optional.of(SchemaRef.PUBLIC) : refOf(schema);
  }

  /** Every tenant schema that there is, by name. */
  public List<SchemaRef> tenants() throws SQLException {
    List<SchemaRef> tenants = new ArrayList<>();
    try (Connection connection = sessions.connections().borrow()) {
      names(connection).forEach(name -> refOf(name).ifPresent(tenants::add));
    }
    return tenants;
  }

  /** Every schema that is neither a tenant's nor reserved, by name. */
  public List<String> others() throws SQLException {
    try (Connection connection = sessions.connections().borrow()) {
      return others(connection);
    }
  }

  /** The same over a connection that is borrowed already. */
  public List<String> others(Connection connection) throws SQLException {
    return names(connection).stream()
        .filter(name -> !TenantName.isReserved(name) && refOf(name).isEmpty())
        .toList();
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
  public List<SchemaRef> schemas(FleetScope scope) throws SQLException {
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
}
