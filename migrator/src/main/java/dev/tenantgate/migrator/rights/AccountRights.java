package dev.tenantgate.migrator.rights;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** The rights of the gateway's account that it has no need of. Stateless. */
public final class AccountRights {

  private static final String RIGHTS =
      """
      SELECT r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls
      FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
      """;

  private static final List<String> NAMES =
      List.of("SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS");

  private AccountRights() {}

  /** The rights that it has, in the words of CREATE ROLE; a superuser has all others as well. */
  public static List<String> excess(Connection connection) throws SQLException {
    List<String> rights = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(RIGHTS)) {
      if (row.next()) {
        for (int i = 0; i < NAMES.size(); i++) {
          if (row.getBoolean(i + 2)) {
            rights.add(NAMES.get(i));
          }
        }
      }
    }
    return rights.contains("SUPERUSER") ? List.of("SUPERUSER") : rights;
  }
}
