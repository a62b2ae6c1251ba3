package dev.tenantgate.migrator.adopt;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.Adoption;
import dev.tenantgate.migrator.history.Adoptions;
import dev.tenantgate.migrator.history.Unmanaged;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.survey.FleetReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The tables of other tools that tell the histories of several schemas: they keep their names until
 * the last of these was taken over. Stateless.
 */
public final class AdoptedTables {

  private final Sessions sessions;
  private final FleetReader reader;

  public AdoptedTables(Sessions sessions, FleetReader reader) {
    this.sessions = sessions;
    this.reader = reader;
  }

  /** Gives those that no schema needs any more their other names; what became of each. */
  public List<String> retire(Changelog changelog) throws SQLException {
    Map<String, Adoption> open = new LinkedHashMap<>();
    try (Connection connection = sessions.connections().borrow()) {
      for (Adoption adoption : Adoptions.read(connection)) {
        if (adoption.keptAs() == null) {
          open.putIfAbsent(adoption.tableSchema() + "." + adoption.table(), adoption);
        }
      }
    }
    if (open.isEmpty()) {
      return List.of();
    }
    Map<String, Set<String>> needed = neededBy(changelog);
    List<String> told = new ArrayList<>();
    for (Map.Entry<String, Adoption> table : open.entrySet()) {
      Set<String> by = needed.getOrDefault(table.getKey(), Set.of());
      told.add(
          by.isEmpty()
              ? retire(table.getValue())
              : "%s keeps its name: %d of its schemas aren't taken over yet, the first is %s"
                  .formatted(table.getKey(), by.size(), by.iterator().next()));
    }
    return told;
  }

  private Map<String, Set<String>> neededBy(Changelog changelog) throws SQLException {
    List<SchemaRef> schemas = new ArrayList<>(reader.names().tenants());
    if (!changelog.of(SchemaRef.PUBLIC).isEmpty()) {
      schemas.add(0, SchemaRef.PUBLIC);
    }
    Map<String, Set<String>> needed = new LinkedHashMap<>();
    reader.survey(
        schemas,
        history -> {
          Unmanaged unmanaged = history.unmanaged();
          if (unmanaged != null) {
            unmanaged
                .histories()
                .forEach(
                    each ->
                        needed
                            .computeIfAbsent(
                                each.table().toString(), table -> new LinkedHashSet<>())
                            .add(history.schema().schema()));
          }
        });
    return needed;
  }

  private String retire(Adoption adoption) throws SQLException {
    String name = adoption.tableSchema() + "." + adoption.table();
    try (Connection connection = sessions.connections().borrow()) {
      try (Statement statement = connection.createStatement()) {
        statement.setEscapeProcessing(false);
        statement.execute(Adoptions.retire(adoption));
      } catch (SQLException e) {
        sessions.connections().end(connection);
        return "%s keeps its name for now: %s".formatted(name, SqlFailure.of(e).text());
      }
    }
    return "%s is %s now: all of its schemas are taken over"
        .formatted(name, Adoptions.keptName(adoption.table()));
  }
}
