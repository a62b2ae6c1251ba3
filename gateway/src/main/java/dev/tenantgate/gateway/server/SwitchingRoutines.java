package dev.tenantgate.gateway.server;

import dev.tenantgate.gateway.auth.AuthQueryConnection;
import dev.tenantgate.gateway.scan.RoutineNames;
import dev.tenantgate.gateway.scan.SwitchingCalls;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for functions in the gated database that set {@code search_path}: a statement that calls
 * one, by itself, through another function, a trigger or a view, leads where its text doesn't show.
 * Functions in C, and those that build their own text of pieces, are the limits of this.
 * Thread-safe.
 */
final class SwitchingRoutines {

  private static final Logger log = LoggerFactory.getLogger(SwitchingRoutines.class);

  /** What a body has in it that sets the path, or something whose name it computes. */
  private static final String SETS_PATH =
      "set_config\\s*\\(\\s*('search_path'|[^'\\s])"
          + "|\\mset\\s+((session|local)\\s+)?(search_path\\s*(=|\\mto\\M)|schema\\s*')";

  private static final String SQL =
      """
      WITH RECURSIVE routine AS (
        SELECT p.oid, p.proname, p.prosrc
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
        WHERE l.lanname NOT IN ('internal', 'c')
          AND p.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace),
      switching AS (
        SELECT oid, proname FROM routine WHERE prosrc ~* $1
        UNION
        SELECT r.oid, r.proname FROM switching s
        JOIN routine r ON pg_catalog.strpos(pg_catalog.lower(r.prosrc), pg_catalog.lower(s.proname)) > 0)
      SELECT (SELECT pg_catalog.string_agg(name, E'\\n') FROM (
        SELECT proname AS name FROM switching
        UNION SELECT c.relname FROM switching s
          JOIN pg_catalog.pg_trigger t ON t.tgfoid = s.oid
          JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
        UNION SELECT c.relname FROM switching s
          JOIN pg_catalog.pg_depend d
            ON d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refobjid = s.oid
              AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
          JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
          JOIN pg_catalog.pg_class c ON c.oid = r.ev_class) names),
        (SELECT pg_catalog.string_agg(DISTINCT oid::pg_catalog.text, ' ') FROM switching)
      """;

  private final AuthQueryConnection connection;
  private final Consumer<SwitchingCalls> found;

  /**
   * Makes the look.
   *
   * @param connection of the gateway's own account, whose search_path is pg_catalog alone
   * @param found told of what there is, each time
   */
  SwitchingRoutines(AuthQueryConnection connection, Consumer<SwitchingCalls> found) {
    this.connection = connection;
    this.found = found;
  }

  /** Looks once; what was found before holds where the database can't be asked. */
  void look() {
    connection
        .row(SQL, SETS_PATH)
        .whenComplete(
            (row, failure) -> {
              if (row == null) {
                log.atDebug().setCause(failure).log("the database's functions can't be looked at");
              } else {
                found.accept(calls(row));
              }
            });
  }

  private static SwitchingCalls calls(List<@Nullable String> row) {
    String names = row.isEmpty() ? null : row.get(0);
    String functions = row.size() < 2 ? null : row.get(1);
    return new SwitchingCalls(
        names == null ? RoutineNames.NONE : RoutineNames.of(List.of(names.split("\n"))),
        functions == null ? Set.of() : numbers(functions));
  }

  private static Set<Integer> numbers(String functions) {
    return Arrays.stream(functions.split(" "))
        .map(Integer::parseUnsignedInt)
        .collect(Collectors.toUnmodifiableSet());
  }
}
