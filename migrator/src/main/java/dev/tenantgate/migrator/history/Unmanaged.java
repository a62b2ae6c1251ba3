package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Why nothing is run on a schema by itself: there is something in it, and no history of ours tells
 * how it came there. Immutable.
 *
 * @param schema the schema
 * @param history the name that our history would have
 * @param found what is in it: {@code 2 tables (accounts, orders), 1 view (totals)}
 * @param tool the tool that the table {@code schema_migrations} seems to belong to; null if that
 *     table is ours, or isn't there
 * @param histories what other tools' histories say of it; empty where none is understood
 */
public record Unmanaged(
    SchemaRef schema,
    HistoryName history,
    String found,
    @Nullable String tool,
    List<ForeignHistory> histories) {

  public Unmanaged {
    histories = List.copyOf(histories);
  }

  /** A schema that no tool's history is found for. */
  public Unmanaged(SchemaRef schema, HistoryName history, String found, @Nullable String tool) {
    this(schema, history, found, tool, List.of());
  }

  /** The fault, without an end: {@code schema tenant_acme has no history …}. */
  public String what() {
    return histories.isEmpty()
        ? "schema %s has no migration history that is understood, but %s"
            .formatted(schema.schema(), found)
        : "schema %s has no history of Tenantgate, but that of %s; it has %s"
            .formatted(schema.schema(), others(), found);
  }

  /** Other tools' histories, in words; null where there is none that is understood. */
  public @Nullable String others() {
    return histories.isEmpty()
        ? null
        : histories.stream()
            .map(ForeignHistory::describe)
            .collect(Collectors.joining(", and that of "));
  }

  /** The way on, for an operator who knows which migrations the schema has already. */
  public String wayOn() {
    String of = schema.tenant() == null ? "--scope public" : "--tenant " + schema.tenant();
    if (histories.stream().anyMatch(ForeignHistory::tellsOfMigrations)) {
      return ("tenantgate migrate adopt %s takes its history over; or %s goes on migrating it, and"
              + " the gate waits for that: migrations.tool: external, and in"
              + " migrations.locations the folder of its migrations")
          .formatted(
              of,
              histories.stream()
                  .filter(ForeignHistory::tellsOfMigrations)
                  .map(history -> history.table().label())
                  .findFirst()
                  .orElseThrow());
    }
    return tool == null
        ? baseline(schema)
        : "ALTER TABLE %s.%s RENAME TO %s_before; then %s"
            .formatted(SqlIdentifier.quote(schema.schema()), history, history, baseline(schema));
  }

  /** The way on where no history tells which migrations a schema has. */
  public static String baseline(SchemaRef schema) {
    return ("tenantgate migrate baseline %s --version V records that it has every migration up to"
            + " V, and runs none of them")
        .formatted(schema.tenant() == null ? "--scope public" : "--tenant " + schema.tenant());
  }

  @Override
  public String toString() {
    return what() + "; " + wayOn();
  }
}
