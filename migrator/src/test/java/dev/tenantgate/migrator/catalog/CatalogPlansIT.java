package dev.tenantgate.migrator.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One schema's rows are looked up: no catalog that grows with the number of tenants is read as a
 * whole, whatever the server knows of its size. With 100,000 tenants that took half a minute.
 */
class CatalogPlansIT {

  /** Scans of the catalogs that have rows of each tenant. */
  private static final Pattern SCAN =
      Pattern.compile(
          "(Seq|Index|Index Only|Bitmap Heap) Scan.* on"
              + " pg_(class|attribute|attrdef|constraint|depend|index|proc|type|description|trigger"
              + "|policy|rewrite|sequence|inherits|statistic_ext|namespace)\\b");

  private static final Pattern LOOKED_UP = Pattern.compile("\\s+(Index|Recheck) Cond: .*");

  static List<Arguments> queries() {
    return List.of(
        Arguments.of("objects", SchemaObjects.SQL),
        Arguments.of("needs", SchemaDump.NEEDS),
        Arguments.of("not dumped", SchemaDump.NOT_DUMPED),
        Arguments.of("snapshot", CatalogQuery.SQL),
        Arguments.of("order of columns", CatalogQuery.ORDER));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("queries")
  void nothingIsReadWhole(String name, String query) throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        Connection connection = database.connect()) {
      database.execute(
          """
          CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
          DO $$ BEGIN FOR i IN 1..60 LOOP
            EXECUTE format('CREATE SCHEMA tenant_%1$s;
              CREATE TABLE tenant_%1$s.t (id serial PRIMARY KEY, a int CHECK (a > 0), b text UNIQUE);
              CREATE TABLE tenant_%1$s.u (c int) INHERITS (tenant_%1$s.t);
              CREATE TRIGGER g AFTER INSERT ON tenant_%1$s.t EXECUTE FUNCTION public.f();
              CREATE POLICY p ON tenant_%1$s.t;
              CREATE STATISTICS tenant_%1$s.x ON id, a FROM tenant_%1$s.t;
              COMMENT ON TABLE tenant_%1$s.t IS ''t'';', i);
          END LOOP; END $$;
          ANALYZE;
          """);
      connection.setAutoCommit(false);

      List<String> plan = plan(connection, HistoryName.STANDARD.in(query));

      List<String> whole = new ArrayList<>();
      for (int i = 0; i < plan.size(); i++) {
        if (SCAN.matcher(plan.get(i)).find() && !isLookedUp(plan, i)) {
          whole.add(plan.get(i).strip());
        }
      }
      assertThat(whole).as(String.join("\n", plan)).isEmpty();
    }
  }

  private static boolean isLookedUp(List<String> plan, int scan) {
    for (int i = scan + 1; i < plan.size() && !plan.get(i).contains("->"); i++) {
      if (LOOKED_UP.matcher(plan.get(i)).matches()) {
        return true;
      }
    }
    return false;
  }

  private static List<String> plan(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL search_path = ''; " + SchemaObjects.BY_INDEX);
    }
    List<String> lines = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement("EXPLAIN (COSTS OFF) " + query)) {
      statement.setString(1, "tenant_7");
      if (query.contains("::bigint[]")) {
        statement.setArray(2, connection.createArrayOf("bigint", new Long[0]));
      }
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          lines.add(rows.getString(1));
        }
      }
    }
    return lines;
  }
}
