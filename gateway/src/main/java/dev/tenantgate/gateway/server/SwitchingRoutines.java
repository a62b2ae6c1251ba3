package dev.tenantgate.gateway.server;

import dev.tenantgate.gateway.auth.AuthQueryConnection;
import dev.tenantgate.gateway.routines.RoutinesSql;
import dev.tenantgate.gateway.scan.SwitchingCalls;
import dev.tenantgate.gateway.scan.UnprovenNames;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for the names in the gated database that may lead a session elsewhere: a statement with one
 * of them counts as a switch that its text doesn't show. Functions in C of known extensions don't.
 * Thread-safe.
 */
final class SwitchingRoutines {

  private static final Logger log = LoggerFactory.getLogger(SwitchingRoutines.class);

  /** With more names than that every statement counts as one that may lead elsewhere. */
  private static final int MOST_BYTES = 60_000;

  private static final String SQL =
      """
      SELECT CASE WHEN octet_length(names) > %d THEN '*' ELSE names END
      FROM (SELECT string_agg(name, $1) FROM (%s) found(name)) all_names(names)
      """
          .formatted(MOST_BYTES, RoutinesSql.path());

  private final AuthQueryConnection connection;
  private final Consumer<SwitchingCalls> found;
  private volatile boolean answered;
  private volatile boolean failing;

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
        .row(SQL, "\n")
        .whenComplete(
            (row, failure) -> {
              if (row == null) {
                failed(failure);
              } else {
                answered = true;
                failing = false;
                found.accept(calls(row));
              }
            });
  }

  /** Sessions go on; those that began before there was an answer have nothing withheld for it. */
  private void failed(@Nullable Throwable failure) {
    if (!failing) {
      failing = true;
      log.atWarn()
          .addKeyValue("reason", failure == null ? "no answer" : failure.getMessage())
          .log(
              "the database's routines can't be looked at; those that set search_path are followed"
                  + " as they were known before");
    }
    if (!answered) {
      found.accept(SwitchingCalls.NONE);
    }
  }

  private static SwitchingCalls calls(List<@Nullable String> row) {
    String names = row.isEmpty() ? null : row.get(0);
    return new SwitchingCalls(
        UnprovenNames.of(names == null ? List.of() : List.of(names.split("\n"))));
  }
}
