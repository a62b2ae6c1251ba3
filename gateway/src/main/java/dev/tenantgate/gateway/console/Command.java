package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.console.ConsoleSources.Stop;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A command, as it was understood. Immutable. */
sealed interface Command {

  /** Shows something. */
  record Show(Shown what) implements Command {}

  /** Shows a parameter of the session, as drivers ask for some. */
  record ShowParameter(String name, String value) implements Command {}

  /** Says what there is. */
  record Help() implements Command {}

  /** Answers with one value, as drivers and pools ask for some to see whether anybody answers. */
  record Value(String name, int value) implements Command {}

  /**
   * Does nothing, and says so as PostgreSQL says that it has done it.
   *
   * @param tag of the CommandComplete
   * @param block whether a transaction is open behind it; null for as before
   */
  record Ignored(String tag, @Nullable Boolean block) implements Command {}

  /** Does something to databases or to a tenant. */
  record Act(Verb verb, Target target) implements Command {}

  /** Ends one client, by the id that SHOW CLIENTS gives it. */
  record KillClient(long id) implements Command {}

  /** Upgrades a tenant; null for all that lag. */
  record Upgrade(@Nullable String tenant) implements Command {}

  /** Reads settings and migrations anew. */
  record Reload() implements Command {}

  /** Stops the gateway. */
  record Shutdown(Stop how) implements Command {}

  /** The commands for databases and tenants. */
  enum Verb {
    PAUSE,
    RESUME,
    RECONNECT,
    DISABLE,
    ENABLE,
    KILL,
    WAIT_CLOSE;

    /** As it is typed. */
    String keyword() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The columns of its answer; none if it has no rows. */
  default List<Column> columns() {
    if (this instanceof Show show) {
      return show.what().columns();
    }
    if (this instanceof ShowParameter parameter) {
      return List.of(Column.text(parameter.name()));
    }
    return this instanceof Value value ? List.of(Column.int4(value.name())) : List.of();
  }

  /** Whether those may do it who may only look. */
  default boolean isHarmless() {
    // Texts of statements may have secrets in them.
    return !((this instanceof Show show && show.what() == Shown.PREPARED_STATEMENTS)
        || this instanceof Act
        || this instanceof KillClient
        || this instanceof Upgrade
        || this instanceof Reload
        || this instanceof Shutdown);
  }
}
