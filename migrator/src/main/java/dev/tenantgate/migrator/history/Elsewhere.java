package dev.tenantgate.migrator.history;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/** The schemas that are no tenant's: where other tools may keep a history for all of them. */
public interface Elsewhere {

  /** None but {@code public}, where one is always looked for. */
  Elsewhere NOWHERE = connection -> List.of();

  /** Their names; asked for only where a schema's own history tells of nothing. */
  Collection<String> schemas(Connection connection) throws SQLException;
}
