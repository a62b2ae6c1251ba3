package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.changelog.Version;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Holds the registry against the histories and puts it right. A row is only written if it still is
 * as it was read before the histories were, so that what is migrated meanwhile isn't undone.
 *
 * <p>First the rows are read, then each history is {@linkplain #take taken}, then the repairs are
 * {@linkplain #write written}. Confined to one thread.
 */
public final class RegistryRepair {

  private static final String PARAMETERS =
      """
      unnest(?::pg_catalog.text[], ?::pg_catalog.text[], ?::pg_catalog.int8[], \
      ?::pg_catalog.int4[], ?::pg_catalog.int8[], ?::pg_catalog.text[], ?::pg_catalog.text[], \
      ?::pg_catalog.text[], ?::pg_catalog.text[]) AS r (schema_name, tenant, version, applied, \
      failed_version, error_message, history_digest, history_mark, read_at)\
      """;

  private final Map<String, RegistryRow> rows = new HashMap<>();
  private final HistoryMarks marks;
  private final List<RegistryRow> right = new ArrayList<>();
  private final List<Repaired> repaired = new ArrayList<>();

  /** Histories that are known to be the same share their entries: mostly it is the last one's. */
  private @Nullable Summary last;

  /** The registry's state of a history, whichever process wrote it. */
  private record Summary(
      List<HistoryEntry> entries,
      @Nullable Version highest,
      int applied,
      @Nullable HistoryEntry failed,
      String digest) {

    static Summary of(SchemaHistory history) {
      Version highest = null;
      HistoryEntry failed = null;
      int applied = 0;
      for (HistoryEntry entry : history.entries()) {
        if (entry.succeeded()) {
          applied++;
          highest = entry.version().isRepeatable() ? highest : entry.version();
        } else if (failed == null) {
          failed = entry;
        }
      }
      return new Summary(history.entries(), highest, applied, failed, HistoryDigest.of(history));
    }
  }

  /**
   * Something that was put right.
   *
   * @param schema the schema's name
   * @param what what was wrong, and what is right, in words
   */
  public record Repaired(String schema, String what) {}

  /**
   * Begins with what the registry says.
   *
   * @param marks those of the histories, read before the histories are
   */
  public RegistryRepair(List<RegistryRow> registry, HistoryMarks marks) {
    this.marks = marks;
    registry.forEach(row -> rows.put(row.schema().schema(), row));
  }

  /** Looks whether the registry says what a history says. */
  public void take(SchemaHistory history) {
    if (!history.exists() || history.unreadable() != null || history.unmanaged() != null) {
      return;
    }
    RegistryRow row = rows.get(history.schema().schema());
    if (row == null && history.entries().isEmpty()) {
      return;
    }
    RegistryRow truth = rowOf(history);
    String schema = truth.schema().schema();
    if (row == null) {
      repaired.add(new Repaired(schema, "wasn't in the registry"));
      right.add(truth);
    } else if (!same(row, truth)) {
      String what = "the registry said %s, its history says %s".formatted(said(row), said(truth));
      repaired.add(new Repaired(schema, what));
      right.add(truth);
    } else if (row.digest() == null || (truth.mark() != null && !truth.mark().equals(row.mark()))) {
      right.add(truth);
    }
  }

  private @Nullable String markOf(SchemaHistory history, String digest) {
    HistoryMark mark = marks.bySchema().get(history.schema().schema());
    return mark == null ? null : mark.text(digest);
  }

  private RegistryRow rowOf(SchemaHistory history) {
    Summary summary = summaryOf(history);
    HistoryEntry failed = summary.failed();
    return new RegistryRow(
        history.schema(),
        summary.highest(),
        summary.applied(),
        failed == null ? null : failed.version(),
        failed == null ? null : failed.failure(),
        Instant.EPOCH,
        summary.digest(),
        markOf(history, summary.digest()));
  }

  @SuppressWarnings("ReferenceEquality") // to compare entries takes as long as to sum them up
  private Summary summaryOf(SchemaHistory history) {
    Summary known = last;
    if (known == null || known.entries() != history.entries()) {
      known = Summary.of(history);
      last = known;
    }
    return known;
  }

  private static boolean same(RegistryRow row, RegistryRow truth) {
    return Objects.equals(row.version(), truth.version())
        && row.applied() == truth.applied()
        && (row.failedVersion() == null || truth.failedVersion() != null)
        && (row.digest() == null || row.digest().equals(truth.digest()));
  }

  private static String said(RegistryRow row) {
    return "version %s with %d applied%s"
        .formatted(
            row.version() == null ? "none" : row.version(),
            row.applied(),
            row.failedVersion() == null ? "" : " and %s failed".formatted(row.failedVersion()));
  }

  /** Whether there is anything to write. */
  public boolean isNeeded() {
    return !right.isEmpty();
  }

  /**
   * Puts the registry right, and takes the rows out whose schemas are gone.
   *
   * @return the rows that were wrong
   */
  public List<Repaired> write(Connection connection) throws SQLException {
    Map<Boolean, List<RegistryRow>> byPresence =
        right.stream()
            .collect(Collectors.partitioningBy(row -> rows.containsKey(row.schema().schema())));
    update(connection, byPresence.getOrDefault(true, List.of()));
    insert(connection, byPresence.getOrDefault(false, List.of()));
    List<Repaired> all = new ArrayList<>(repaired);
    for (String gone : removeGone(connection)) {
      all.add(new Repaired(gone, "was in the registry, but there is no such schema"));
    }
    return all;
  }

  /** Rows that are there, unless they were written again since they were read. */
  private void update(Connection connection, List<RegistryRow> truths) throws SQLException {
    String sql =
        """
        UPDATE tenantgate.schema_state s SET tenant = r.tenant, version = r.version, \
        applied = r.applied, failed_version = r.failed_version, \
        error_message = r.error_message, history_digest = r.history_digest, \
        history_mark = r.history_mark, changed_at = pg_catalog.clock_timestamp() FROM %s \
        WHERE s.schema_name = r.schema_name \
        AND s.changed_at = r.read_at::pg_catalog.timestamptz\
        """
            .formatted(PARAMETERS);
    execute(connection, sql, truths);
  }

  private void insert(Connection connection, List<RegistryRow> truths) throws SQLException {
    String sql =
        """
        INSERT INTO tenantgate.schema_state (schema_name, tenant, version, applied, \
        failed_version, error_message, history_digest, history_mark, changed_at) \
        SELECT r.schema_name, r.tenant, r.version, r.applied, r.failed_version, \
        r.error_message, r.history_digest, r.history_mark, pg_catalog.clock_timestamp() FROM %s \
        ON CONFLICT (schema_name) DO NOTHING\
        """
            .formatted(PARAMETERS);
    execute(connection, sql, truths);
  }

  private void execute(Connection connection, String sql, List<RegistryRow> truths)
      throws SQLException {
    if (truths.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      array(statement, 1, "text", truths, row -> row.schema().schema());
      array(statement, 2, "text", truths, row -> row.schema().tenant());
      array(statement, 3, "int8", truths, row -> number(row.version()));
      array(statement, 4, "int4", truths, RegistryRow::applied);
      array(statement, 5, "int8", truths, row -> number(row.failedVersion()));
      array(statement, 6, "text", truths, RegistryRow::error);
      array(statement, 7, "text", truths, RegistryRow::digest);
      array(statement, 8, "text", truths, RegistryRow::mark);
      array(statement, 9, "text", truths, this::readAt);
      statement.executeUpdate();
    }
  }

  private static void array(
      PreparedStatement statement,
      int index,
      String type,
      List<RegistryRow> truths,
      Function<RegistryRow, @Nullable Object> column)
      throws SQLException {
    @Nullable Object[] values = new @Nullable Object[truths.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = column.apply(truths.get(i));
    }
    statement.setArray(index, statement.getConnection().createArrayOf(type, values));
  }

  private static @Nullable Long number(@Nullable Version version) {
    return version == null ? null : version.number();
  }

  private @Nullable String readAt(RegistryRow truth) {
    RegistryRow read = rows.get(truth.schema().schema());
    return read == null ? null : read.changedAt().toString();
  }

  private static List<String> removeGone(Connection connection) throws SQLException {
    List<String> gone = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                DELETE FROM tenantgate.schema_state s WHERE NOT EXISTS \
                (SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname = s.schema_name) \
                RETURNING schema_name\
                """)) {
      while (rows.next()) {
        gone.add(rows.getString(1));
      }
    }
    return gone;
  }
}
