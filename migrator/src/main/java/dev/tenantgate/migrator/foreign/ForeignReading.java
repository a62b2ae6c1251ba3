package dev.tenantgate.migrator.foreign;

import dev.tenantgate.migrator.foreign.ForeignHistory.Place;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a tool's rows as that tool does. Stateless. */
final class ForeignReading {

  /** How Flyway calls a repeatable migration's row; others without a version are its own notes. */
  private static final Set<String> REPEATABLE = Set.of("SQL", "JDBC", "SCRIPT");

  private static final Pattern DIGITS = Pattern.compile("[0-9]+");

  private static final Pattern SCRIPT = Pattern.compile(".+\\.([cm]?[jt]s|sql)");

  /** Of these the columns say little, and without a row nothing else says more. */
  private static final Set<ForeignTool> ONE_COLUMN =
      Set.of(ForeignTool.RAILS, ForeignTool.SEQUELIZE);

  private final ForeignTable table;
  private final List<AppliedMigration> applied = new ArrayList<>();
  private @Nullable String upTo;
  private @Nullable String fault;

  private ForeignReading(ForeignTable table) {
    this.table = table;
  }

  /** A history that isn't read, for a reason. */
  static ForeignHistory unread(ForeignTable table, Place place, String why) {
    return new ForeignHistory(table, place, List.of(), null, "", why);
  }

  /** A history of these rows, in their order; null if they can't be those of the tool. */
  static @Nullable ForeignHistory of(ForeignTable table, Place place, List<ForeignRow> rows) {
    if (!arePlausible(table, place, rows)) {
      return null;
    }
    ForeignReading reading = new ForeignReading(table);
    reading.take(rows);
    return new ForeignHistory(
        table, place, reading.applied, reading.upTo, fingerprint(rows), reading.fault);
  }

  /** As {@link ForeignSelect#fingerprint} has the server say it. */
  private static String fingerprint(List<ForeignRow> rows) {
    long sum = 0;
    for (ForeignRow row : rows) {
      sum += row.mark();
    }
    return rows.size() + ":" + (rows.isEmpty() ? "" : sum);
  }

  /** Few columns are soon those of another table: then the rows must be such as the tool writes. */
  private static boolean arePlausible(ForeignTable table, Place place, List<ForeignRow> rows) {
    if (rows.isEmpty() && place != Place.ROWS && ONE_COLUMN.contains(table.tool())) {
      return ForeignTool.isNamedLikeAHistory(table.name());
    }
    return switch (table.tool()) {
      case RAILS -> rows.stream().allMatch(row -> matches(DIGITS, row.version()));
      case SEQUELIZE -> rows.stream().allMatch(row -> matches(SCRIPT, row.name()));
      case TERN -> rows.size() == 1;
      default -> true;
    };
  }

  private static boolean matches(Pattern pattern, @Nullable String text) {
    return text != null && pattern.matcher(text).matches();
  }

  private void take(List<ForeignRow> rows) {
    if (rows.size() > ForeignSelect.MOST_ROWS) {
      fault = "it has more than %,d rows".formatted(ForeignSelect.MOST_ROWS);
      return;
    }
    switch (table.tool()) {
      case FLYWAY -> flyway(rows);
      case GOOSE -> goose(rows);
      case PRISMA -> rows.forEach(this::prisma);
      case ATLAS -> rows.forEach(this::atlas);
      case LIQUIBASE -> rows.forEach(this::liquibase);
      case GOLANG_MIGRATE, TERN, ALEMBIC -> oneVersion(rows);
      case NUMBERED,
          DJANGO,
          NODE_PG_MIGRATE,
          KNEX,
          TYPEORM,
          LARAVEL,
          ENTITY_FRAMEWORK,
          ECTO,
          RAILS,
          SEQUELIZE,
          NAMES,
          VERSIONS ->
          rows.forEach(this::each);
    }
  }

  private void each(ForeignRow row) {
    if (Boolean.FALSE.equals(row.done())) {
      failed(row, row.detail());
    } else {
      applied.add(row.migration(null));
    }
  }

  private void failed(ForeignRow row, @Nullable String why) {
    if (fault == null) {
      fault =
          "%s isn't applied in full%s"
              .formatted(row.migration(null), why == null || why.isBlank() ? "" : ": " + why);
    }
  }

  /** The last row of a version counts: it may have been taken back, or its file be gone. */
  private void flyway(List<ForeignRow> rows) {
    Map<String, ForeignRow> repeated = new LinkedHashMap<>();
    Map<String, ForeignRow> last = new LinkedHashMap<>();
    for (ForeignRow row : rows) {
      String version = row.version();
      String kind = String.valueOf(row.kind());
      if (version == null) {
        if (REPEATABLE.contains(kind)) {
          repeated.put(String.valueOf(row.name()), row);
        }
      } else if (kind.startsWith("UNDO") || kind.equals("DELETE")) {
        last.remove(version);
        if (Boolean.FALSE.equals(row.done())) {
          failed(row, "its undo failed");
        }
      } else {
        last.remove(version);
        last.put(version, row);
      }
    }
    for (ForeignRow row : repeated.values()) {
      if (Boolean.FALSE.equals(row.done())) {
        failed(row, "it failed; flyway repair");
      } else if (row.detail() != null) {
        applied.add(row.repeatable());
      }
    }
    for (ForeignRow row : last.values()) {
      boolean baseline = "BASELINE".equals(row.kind());
      if (Boolean.FALSE.equals(row.done())) {
        failed(row, "it failed; flyway repair");
      } else if (baseline || "SQL_BASELINE".equals(row.kind())) {
        upTo = row.version();
      } else {
        applied.add(row.migration(null));
      }
    }
  }

  /** The last row of a version counts. Version 0 stands for the beginning. */
  private void goose(List<ForeignRow> rows) {
    Map<String, ForeignRow> last = new LinkedHashMap<>();
    for (ForeignRow row : rows) {
      String version = String.valueOf(row.version());
      last.remove(version);
      if (!Boolean.FALSE.equals(row.done()) && !version.equals("0")) {
        last.put(version, row);
      }
    }
    last.values().forEach(row -> applied.add(row.migration(null)));
  }

  private void prisma(ForeignRow row) {
    if (row.kind() != null) {
      return;
    }
    if (Boolean.TRUE.equals(row.done())) {
      applied.add(row.migration(null));
    } else {
      failed(row, row.detail() == null ? "it has begun and not ended" : row.detail());
    }
  }

  /** Types are bits: 1 is a baseline. Rows with a dot in front are about Atlas itself. */
  private void atlas(ForeignRow row) {
    String version = String.valueOf(row.version());
    if (version.startsWith(".")) {
      return;
    }
    if (!Boolean.TRUE.equals(row.done())) {
      failed(row, row.detail());
    } else if ("1".equals(row.kind())) {
      upTo = version;
    } else {
      applied.add(row.migration(null));
    }
  }

  private void liquibase(ForeignRow row) {
    if (!Boolean.FALSE.equals(row.done())) {
      applied.add(row.migration(row.detail()));
    } else if ("FAILED".equals(row.kind())) {
      failed(row, "it failed");
    }
  }

  private void oneVersion(List<ForeignRow> rows) {
    if (rows.isEmpty()) {
      return;
    }
    if (rows.size() > 1) {
      fault = "it has %d rows instead of one".formatted(rows.size());
      return;
    }
    ForeignRow row = rows.get(0);
    if (Boolean.FALSE.equals(row.done())) {
      fault = "version %s is dirty: its migration failed halfway".formatted(row.version());
    }
    boolean none = "0".equals(row.version()) || "-1".equals(row.version());
    upTo = none ? null : row.version();
  }
}
