package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.foreign.AppliedMigration;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.foreign.ForeignTable;
import dev.tenantgate.migrator.foreign.ForeignTool;
import dev.tenantgate.migrator.foreign.HistoryMatch.Taken;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A view of our history in the shape of another tool's, for an application that reads that: what
 * was taken over is called as it was, and later migrations as the tool would have called them.
 * Nothing can be written to it. Stateless.
 */
public final class AdoptedView {

  /** The tools whose rows say nothing that ours don't know as well. */
  private static final Set<ForeignTool> SHAPES =
      Set.of(
          ForeignTool.VERSIONS,
          ForeignTool.NAMES,
          ForeignTool.RAILS,
          ForeignTool.ECTO,
          ForeignTool.NODE_PG_MIGRATE,
          ForeignTool.KNEX,
          ForeignTool.SEQUELIZE,
          ForeignTool.GOLANG_MIGRATE,
          ForeignTool.TERN);

  private static final Set<String> TIMES =
      Set.of(
          "applied_at",
          "executed_at",
          "run_at",
          "migrated_at",
          "run_on",
          "migration_time",
          "inserted_at");

  private static final Set<String> NAMES =
      Set.of("migration_name", "name", "migration", "filename", "file_name");

  /** A name with a number in front: its digits, what parts it from the name, the extension. */
  private static final Pattern NAMED = Pattern.compile("([0-9]+)([_\\-. ]+)[^.]+((?:\\.[a-z]+)*)");

  private AdoptedView() {}

  /** Why there can't be one of a history; null if there can. */
  public static @Nullable String objection(ForeignHistory old) {
    return SHAPES.contains(old.table().tool())
        ? null
        : "a view in the shape of %s's history would say less than the table did; --keep-view"
                .formatted(old.table().label())
            + " isn't for it";
  }

  /** The statements that make it, and have those read it who might read the table. */
  static List<String> create(
      HistoryTable ours, SchemaRef schema, ForeignHistory old, List<Taken> taken) {
    ForeignTable table = old.table();
    String view = SqlIdentifier.quote(schema.schema()) + "." + SqlIdentifier.quote(table.name());
    String kept =
        SqlIdentifier.quote(schema.schema())
            + "."
            + SqlIdentifier.quote(Adoptions.keptName(table.name()));
    String grants =
        """
        DECLARE g record; BEGIN FOR g IN \
        SELECT DISTINCT a.grantee FROM pg_catalog.pg_class c, \
        pg_catalog.aclexplode(c.relacl) a \
        WHERE c.oid = %1$s::pg_catalog.regclass AND a.privilege_type = 'SELECT' \
        UNION SELECT c.relowner FROM pg_catalog.pg_class c \
        WHERE c.oid = %1$s::pg_catalog.regclass LOOP \
        EXECUTE pg_catalog.concat('GRANT SELECT ON ', %2$s, ' TO ', CASE g.grantee \
        WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) \
        END); END LOOP; END\
        """
            .formatted(SqlIdentifier.literal(kept), SqlIdentifier.literal(view));
    return List.of(
        "CREATE VIEW %s AS %s".formatted(view, select(ours, schema, table, taken)),
        ("CREATE TRIGGER refuse_write INSTEAD OF INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW"
                + " EXECUTE FUNCTION tenantgate.%s()")
            .formatted(view, Adoptions.REFUSE_WRITE),
        "DO " + SqlIdentifier.literal(grants));
  }

  private static String select(
      HistoryTable ours, SchemaRef schema, ForeignTable table, List<Taken> taken) {
    String from =
        " FROM %s AS h WHERE COALESCE(h.status, 'success') = 'success'".formatted(ours.of(schema));
    if (table.tool() == ForeignTool.TERN) {
      return "SELECT COALESCE(pg_catalog.max(h.version), 0)::%s AS version%s"
          .formatted(table.types().get("version"), from);
    } else if (table.tool() == ForeignTool.GOLANG_MIGRATE) {
      return "SELECT pg_catalog.max(h.version) AS version, false AS dirty%s HAVING count(*) > 0"
          .formatted(from);
    }
    return table.types().entrySet().stream()
        .map(
            column ->
                "%s AS %s".formatted(column(column, taken), SqlIdentifier.quote(column.getKey())))
        .collect(Collectors.joining(", ", "SELECT ", from));
  }

  private static String column(Map.Entry<String, String> column, List<Taken> taken) {
    String name = column.getKey();
    String type = column.getValue();
    String value = "NULL";
    if (TIMES.contains(name)) {
      return type.endsWith("with time zone")
          ? "(h.applied_at AT TIME ZONE 'UTC')"
          : "h.applied_at::" + type;
    } else if (name.equals("version")) {
      value = type.endsWith("int") || type.equals("integer") ? "h.version" : identity(taken, true);
    } else if (NAMES.contains(name)) {
      value = identity(taken, false);
    } else if (name.equals("id")) {
      value = "pg_catalog.row_number() OVER (ORDER BY h.version)";
    } else if (name.equals("success")) {
      value = "true";
    } else if (name.equals("batch")) {
      value = "1";
    } else if (name.equals("checksum") || name.equals("hash")) {
      value = "h.checksum";
    } else if (name.equals("description")) {
      value = "h.name";
    } else if (name.equals("execution_time")) {
      value = "h.execution_time_ms";
    }
    return "(%s)::%s".formatted(value, type);
  }

  /** The tool's names of the migrations that were taken over, and of later ones. */
  private static String identity(List<Taken> taken, boolean ofVersion) {
    StringBuilder cases = new StringBuilder("CASE h.version");
    String pattern = null;
    for (Taken one : taken) {
      AppliedMigration entry = one.entry();
      String text = entry == null ? null : ofVersion ? entry.version() : entry.name();
      if (text != null) {
        cases
            .append(" WHEN ")
            .append(one.migration().version().number())
            .append(" THEN ")
            .append(SqlIdentifier.literal(text));
        pattern = text;
      }
    }
    return cases.append(" ELSE ").append(later(pattern)).append(" END").toString();
  }

  private static String later(@Nullable String example) {
    if (example == null) {
      return "h.name";
    }
    Matcher named = NAMED.matcher(example);
    if (named.matches()) {
      return "pg_catalog.concat(%s, %s, h.name, %s)"
          .formatted(
              padded(named.group(1).length()),
              SqlIdentifier.literal(named.group(2)),
              SqlIdentifier.literal(named.group(3)));
    }
    return example.chars().allMatch(Character::isDigit) ? padded(example.length()) : "h.name";
  }

  private static String padded(int digits) {
    return ("pg_catalog.lpad(h.version::pg_catalog.text,"
            + " GREATEST(%d, pg_catalog.length(h.version::pg_catalog.text)), '0')")
        .formatted(digits);
  }
}
