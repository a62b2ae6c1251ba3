package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.foreign.ForeignHistory.Place;
import dev.tenantgate.migrator.foreign.ForeignTable;
import dev.tenantgate.migrator.foreign.HistoryMatch.Taken;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The statements that take a history over from another tool, and give it back: all of a schema's in
 * one transaction, with the registry's record of it. Stateless; thread-safe.
 */
public final class Adoptions {

  /** The end of the name of a table that was taken over. */
  public static final String KEPT = "_before_tenantgate";

  /** The trigger function of a view that nothing is to be written to. */
  static final String REFUSE_WRITE = "refuse_write";

  /** The table's name without its schema. */
  static final String NAME = "adoption";

  static final String CREATION =
      """
      CREATE TABLE IF NOT EXISTS tenantgate.adoption (
        schema_name text PRIMARY KEY,
        tool text NOT NULL,
        table_schema text NOT NULL,
        table_name text NOT NULL,
        kept_as text,
        with_view boolean NOT NULL,
        versions text NOT NULL,
        adopted_by text NOT NULL,
        adopted_at timestamptz NOT NULL)\
      """;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS");

  private Adoptions() {}

  /** The name of a table once it was taken over. */
  public static String keptName(String table) {
    if (table.endsWith(KEPT)) {
      return table;
    }
    String beginning = SqlIdentifier.truncated(table);
    while (SqlIdentifier.truncated(beginning + KEPT).length() < (beginning + KEPT).length()) {
      beginning = beginning.substring(0, beginning.length() - 1);
    }
    return beginning + KEPT;
  }

  /** Whether a schema's own history has the name already that it gets when it is taken over. */
  static boolean isKept(ForeignHistory history) {
    return history.place() == Place.OWN && history.table().name().endsWith(KEPT);
  }

  /** The name of a table before it was taken over. */
  static String originalName(String table) {
    return table.endsWith(KEPT) ? table.substring(0, table.length() - KEPT.length()) : table;
  }

  /**
   * The statements that take a history over, but for the record of it.
   *
   * @param view whether a view gets the old table's name
   * @param changed the SQLSTATE to fail with if the old history isn't as it was read
   */
  public static List<String> takeOver(
      HistoryTable ours,
      SchemaRef schema,
      ForeignHistory old,
      List<Taken> taken,
      boolean view,
      String changed) {
    List<String> statements = new ArrayList<>();
    ForeignTable table = old.table();
    String qualified = qualified(table.schema(), table.name());
    boolean own = old.place() == Place.OWN;
    if (own) {
      statements.add("LOCK TABLE %s IN ACCESS EXCLUSIVE MODE".formatted(qualified));
    }
    statements.add(unchanged(schema, old, changed));
    if (own && !table.name().equals(keptName(table.name()))) {
      statements.add(
          "ALTER TABLE %s RENAME TO %s"
              .formatted(qualified, SqlIdentifier.quote(keptName(table.name()))));
    }
    statements.add(ours.create(schema));
    statements.add(ours.recordTakenOver(schema, taken));
    if (view) {
      statements.addAll(AdoptedView.create(ours, schema, old, taken));
    }
    return statements;
  }

  private static String unchanged(SchemaRef schema, ForeignHistory old, String changed) {
    String body =
        """
        BEGIN IF (%s) IS DISTINCT FROM %s THEN \
        RAISE EXCEPTION USING ERRCODE = '%s', MESSAGE = %s; END IF; END\
        """
            .formatted(
                old.fingerprintQuery(schema),
                SqlIdentifier.literal(old.fingerprint()),
                changed,
                SqlIdentifier.literal(
                    "the history %s was written to while it was taken over"
                        .formatted(old.table())));
    return "DO " + SqlIdentifier.literal(body);
  }

  /** The statements that record it. */
  public static List<String> record(
      SchemaRef schema, ForeignHistory old, List<Taken> taken, boolean view, String by) {
    ForeignTable table = old.table();
    String original = originalName(table.name());
    boolean moved = old.place() == Place.OWN || !original.equals(table.name());
    String kept = moved ? SqlIdentifier.literal(keptName(table.name())) : "NULL";
    String versions =
        taken.stream()
            .map(one -> Long.toString(one.migration().version().number()))
            .collect(Collectors.joining(","));
    List<String> statements = new ArrayList<>();
    statements.add(
        """
        INSERT INTO tenantgate.adoption (schema_name, tool, table_schema, table_name, kept_as, \
        with_view, versions, adopted_by, adopted_at) VALUES (%s, %s, %s, %s, %s, %s, '%s', \
        pg_catalog.concat(%s, ' as ', CAST(SESSION_USER AS text)), pg_catalog.clock_timestamp()) \
        ON CONFLICT (schema_name) DO UPDATE SET tool = EXCLUDED.tool, \
        table_schema = EXCLUDED.table_schema, table_name = EXCLUDED.table_name, \
        kept_as = EXCLUDED.kept_as, with_view = EXCLUDED.with_view, \
        versions = EXCLUDED.versions, adopted_by = EXCLUDED.adopted_by, \
        adopted_at = EXCLUDED.adopted_at\
        """
            .formatted(
                SqlIdentifier.literal(schema.schema()),
                SqlIdentifier.literal(table.label()),
                SqlIdentifier.literal(table.schema()),
                SqlIdentifier.literal(original),
                kept,
                view,
                versions,
                SqlIdentifier.literal(by)));
    if (moved && old.place() != Place.OWN) {
      // Of a schema's own table there is this record alone, and to look for others takes long.
      statements.add(
          "UPDATE tenantgate.adoption SET kept_as = %s WHERE %s AND kept_as IS NULL"
              .formatted(kept, of(table.schema(), original)));
    }
    return statements;
  }

  /**
   * The statements that give a history back: ours is gone, the old one has its name again.
   *
   * @param changed the SQLSTATE to fail with if that has happened already
   */
  public static List<String> giveBack(
      HistoryTable ours, SchemaRef schema, Adoption adoption, String changed) {
    List<String> statements = new ArrayList<>();
    String body =
        """
        BEGIN DELETE FROM tenantgate.adoption WHERE schema_name = %s; \
        IF NOT FOUND THEN RAISE EXCEPTION USING ERRCODE = '%s', MESSAGE = %s; END IF; END\
        """
            .formatted(
                SqlIdentifier.literal(schema.schema()),
                changed,
                SqlIdentifier.literal("the history of %s was given back".formatted(schema)));
    statements.add("DO " + SqlIdentifier.literal(body));
    if (adoption.view()) {
      statements.add("DROP VIEW " + qualified(adoption.tableSchema(), adoption.table()));
    }
    statements.add("DROP TABLE " + ours.of(schema));
    statements.add(backToItsName(adoption));
    return statements;
  }

  /** A table for all schemas has its name again as soon as one of them needs it. */
  private static String backToItsName(Adoption adoption) {
    String schema = adoption.tableSchema();
    String kept = adoption.keptAs() == null ? keptName(adoption.table()) : adoption.keptAs();
    String body =
        """
        BEGIN IF pg_catalog.to_regclass(%1$s) IS NULL AND pg_catalog.to_regclass(%2$s) IS NULL \
        THEN RAISE EXCEPTION USING ERRCODE = 'undefined_table', \
        MESSAGE = pg_catalog.concat('there is no table ', %1$s, ' any more to give back'); END IF; \
        IF pg_catalog.to_regclass(%1$s) IS NOT NULL AND pg_catalog.to_regclass(%2$s) IS NULL \
        THEN ALTER TABLE %3$s RENAME TO %4$s; \
        UPDATE tenantgate.adoption SET kept_as = NULL WHERE %5$s; END IF; END\
        """
            .formatted(
                SqlIdentifier.literal(qualified(schema, kept)),
                SqlIdentifier.literal(qualified(schema, adoption.table())),
                qualified(schema, kept),
                SqlIdentifier.quote(adoption.table()),
                of(schema, adoption.table()));
    return "DO " + SqlIdentifier.literal(body);
  }

  /** The message that gives a table for all schemas its other name, once none needs it. */
  public static String retire(Adoption adoption) {
    String kept = keptName(adoption.table());
    return """
    BEGIN; SET LOCAL lock_timeout = 2000; ALTER TABLE %s RENAME TO %s; \
    UPDATE tenantgate.adoption SET kept_as = %s WHERE %s; COMMIT\
    """
        .formatted(
            qualified(adoption.tableSchema(), adoption.table()),
            SqlIdentifier.quote(kept),
            SqlIdentifier.literal(kept),
            of(adoption.tableSchema(), adoption.table()));
  }

  /** Reads all, by schema; none where there is no registry. */
  public static List<Adoption> read(Connection connection) throws SQLException {
    List<Adoption> adoptions = new ArrayList<>();
    if (!Registry.hasAdoptions(connection)) {
      return adoptions;
    }
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT schema_name, tool, table_schema, table_name, kept_as, with_view, versions,"
                    + " adopted_at FROM tenantgate.adoption ORDER BY schema_name")) {
      while (row.next()) {
        adoptions.add(
            new Adoption(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getBoolean(6),
                versions(row.getString(7)),
                row.getObject(8, OffsetDateTime.class).toInstant()));
      }
    }
    return adoptions;
  }

  private static List<Version> versions(String text) {
    return text.isEmpty()
        ? List.of()
        : Arrays.stream(text.split(",", -1))
            .map(number -> new Version(Long.parseLong(number)))
            .toList();
  }

  /** A time of the old history as ours has it; null where it has none. */
  static @Nullable String time(@Nullable LocalDateTime time) {
    return time == null ? null : "timestamp '" + TIME.format(time) + "'";
  }

  private static String of(String schema, String table) {
    return "table_schema = %s AND table_name = %s"
        .formatted(SqlIdentifier.literal(schema), SqlIdentifier.literal(table));
  }

  private static String qualified(String schema, String table) {
    return SqlIdentifier.quote(schema) + "." + SqlIdentifier.quote(table);
  }
}
