package dev.tenantgate.gateway.routines;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The server's regular expressions find in all bodies what Java's find. */
class RoutinePatternsIT {

  static List<TestPostgres> servers() {
    return List.of(TestPostgres.latest(), TestPostgres.oldest());
  }

  @ParameterizedTest
  @MethodSource("servers")
  void theServerFindsTheSame(TestPostgres server) throws SQLException {
    List<String> found = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    try (TestDatabase database = server.newDatabase();
        Connection connection = database.connect();
        PreparedStatement ask = connection.prepareStatement("SELECT lower(?) ~ ?")) {
      for (RoutineBody body : RoutineBody.all()) {
        StringBuilder does = new StringBuilder();
        ask.setString(1, body.text());
        for (RoutinePattern pattern : RoutinePattern.values()) {
          ask.setString(2, pattern.body());
          try (ResultSet row = ask.executeQuery()) {
            row.next();
            does.append(row.getBoolean(1) ? RoutinePatternsTest.letter(pattern) : "");
          }
        }
        found.add(body.name() + " " + does);
        expected.add(body.name() + " " + body.does());
      }
    }

    assertThat(found).isEqualTo(expected);
  }

  /** Everything that leads to a routine is found by what depends on it. */
  @ParameterizedTest
  @MethodSource("servers")
  void namesTellWhatLeadsThere(TestPostgres server) throws SQLException {
    Map<String, TreeSet<String>> found = new TreeMap<>();
    try (TestDatabase database = server.newDatabase()) {
      database.execute(
          """
          CREATE FUNCTION locks() RETURNS int LANGUAGE sql AS $$ SELECT pg_advisory_lock(1); SELECT 1 $$;
          CREATE FUNCTION atomic_locks() RETURNS int LANGUAGE sql RETURN pg_try_advisory_lock(1)::int;
          CREATE FUNCTION over_locks() RETURNS int LANGUAGE sql AS $$ SELECT locks() $$;
          CREATE FUNCTION reads() RETURNS bigint LANGUAGE sql AS $$ SELECT lastval() $$;
          CREATE FUNCTION seeds() RETURNS int LANGUAGE sql AS $$ SELECT setseed(0.1); SELECT 1 $$;
          CREATE FUNCTION sets() RETURNS int LANGUAGE plpgsql AS $$ BEGIN SET app.x TO 1; RETURN 1; END $$;
          CREATE FUNCTION temps() RETURNS int LANGUAGE sql SET search_path TO pg_temp AS $$ SELECT 1 $$;
          CREATE FUNCTION definer() RETURNS int LANGUAGE sql SECURITY DEFINER
            SET search_path TO public, pg_temp AS $$ SELECT 1 $$;
          CREATE FUNCTION harmless() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
          CREATE VIEW locked AS SELECT locks() AS a;
          CREATE VIEW direct AS SELECT pg_try_advisory_lock(1) AS a;
          CREATE VIEW lasting AS SELECT lastval() AS a;
          CREATE TABLE defaulted(a int DEFAULT locks(), b bigint DEFAULT lastval());
          CREATE VIEW over_defaulted AS SELECT a FROM defaulted;
          CREATE TABLE policed(a int);
          CREATE POLICY p ON policed USING (current_setting('app.tenant', true) = 'x' AND locks() > 0);
          CREATE VIEW viewed AS SELECT current_setting('app.in_View', true) AS a, 'é.x' AS b, 'no name.' AS c,
            current_setting('application.a_rather_long_name_of_a_parameter', true) AS d;
          CREATE SCHEMA q; CREATE SEQUENCE q.s; CREATE TABLE kept(a text DEFAULT current_setting('deep.in.a_default'), b int DEFAULT nextval('q.s'));
          CREATE FUNCTION atomic_reads() RETURNS text LANGUAGE sql RETURN current_setting('app.in_body');
          CREATE FUNCTION text_reads() RETURNS text LANGUAGE sql AS $$ SELECT current_setting('app.in_text') $$;
          """);
      try (Connection connection = database.connect()) {
        connection.createStatement().execute("SET search_path TO pg_catalog");
        try (ResultSet rows = connection.createStatement().executeQuery(RoutinesSql.all())) {
          while (rows.next()) {
            found
                .computeIfAbsent(rows.getString(1), name -> new TreeSet<>())
                .add(RoutinesSql.Kind.of(rows.getString(2)).name());
          }
        }
      }
    }

    assertThat(found.toString().replace("], ", "]\n"))
        .isEqualTo(
            """
            {analyse=[UNPROVEN]
            analyze=[UNPROVEN]
            app.in_body=[MENTIONED]
            app.in_text=[MENTIONED]
            app.in_view=[MENTIONED]
            app.tenant=[MENTIONED]
            app.x=[SET]
            application.a_rather_long_name_of_a_parameter=[MENTIONED]
            atomic_locks=[STATE, UNPROVEN]
            cluster=[UNPROVEN]
            deep.in.a_default=[MENTIONED]
            defaulted=[SEQUENCE_IF_WRITTEN, STATE_IF_WRITTEN, UNPROVEN]
            direct=[STATE, UNPROVEN]
            lasting=[SEQUENCE]
            locked=[STATE, UNPROVEN]
            locks=[STATE, UNPROVEN]
            over_defaulted=[SEQUENCE_IF_WRITTEN, STATE_IF_WRITTEN, UNPROVEN]
            over_locks=[STATE, UNPROVEN]
            policed=[STATE, UNPROVEN]
            reads=[SEQUENCE]
            reindex=[UNPROVEN]
            seeds=[STATE, UNPROVEN, UNTRACEABLE]
            sets=[UNPROVEN]
            temps=[STATE, UNPROVEN]
            vacuum=[UNPROVEN]}\
            """);
  }
}
