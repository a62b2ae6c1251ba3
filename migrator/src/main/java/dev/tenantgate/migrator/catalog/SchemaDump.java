package dev.tenantgate.migrator.catalog;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.catalog.ObjectOrder.Made;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.io.IOException;
import java.io.Writer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;

/**
 * A schema as the statements that make it again, rows and positions of sequences included, written
 * as pg_dump writes them; without our own tables, owners, grants and tablespaces. It is read from
 * the catalog, so that it takes no program of the server's version. One dump, confined to its
 * thread.
 */
public final class SchemaDump {

  /** More isn't what tenants begin with, in characters. */
  private static final int MOST = 64 << 20;

  /** So many sequences are asked in one query. */
  private static final int AT_ONCE = 200;

  /** Finds objects that can't be dumped: kinds without a statement here, and extensions' own. */
  static final String NOT_DUMPED =
      SchemaObjects.BASE
          + """
          SELECT what FROM (
            SELECT pg_describe_object(d.classid, d.objid, 0) FROM pg_depend d JOIN s
              ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = s.oid
              WHERE d.classid::regclass::text NOT IN ('pg_class', 'pg_type', 'pg_proc', 'pg_constraint',
                'pg_statistic_ext', 'pg_default_acl', 'pg_publication_namespace')
              OR EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid
                AND e.deptype = 'e')
            UNION ALL
            SELECT 'the extension ' || x.extname FROM pg_extension x JOIN s ON s.oid = x.extnamespace
            UNION ALL
            SELECT 'the aggregate ' || f.proname FROM routines f
              WHERE f.prokind = 'a'
            UNION ALL
            SELECT 'the type ' || t.typname FROM types t LEFT JOIN pg_range g ON g.rngtypid = t.oid
              WHERE g.rngcanonical <> 0 OR t.typtype = 'p' OR (t.typtype = 'b' AND NOT EXISTS
                (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid))
            UNION ALL
            SELECT CASE r.relkind WHEN 'f' THEN 'the foreign table ' ELSE 'the typed table ' END
              || r.relname FROM r WHERE r.relkind = 'f' OR (r.relkind IN ('r', 'p') AND r.reloftype <> 0)
          ) AS everything (what) ORDER BY what LIMIT 1\
          """;

  /**
   * The statement that makes an object which others may need: catalog, object, catalog,
   * statement's.
   */
  private static final String MADE_BY =
      """
      made (class, oid, by_class, by) AS (
        SELECT 'pg_class'::regclass::oid, r.oid, CASE r.relkind WHEN 'c' THEN 'pg_type'::regclass
            ELSE 'pg_class'::regclass END::oid, CASE r.relkind WHEN 'c' THEN r.reltype ELSE r.oid END
          FROM r WHERE NOT EXISTS (SELECT FROM constraints k WHERE k.conindid = r.oid
            AND k.contype IN ('p', 'u', 'x'))
        UNION ALL
        SELECT 'pg_class'::regclass, k.conindid, 'pg_constraint'::regclass, k.oid
          FROM r JOIN constraints k ON k.conrelid = r.oid AND k.contype IN ('p', 'u', 'x')
        UNION ALL
        SELECT 'pg_type'::regclass, t.oid, CASE WHEN y.typrelid <> 0 AND c.relkind <> 'c'
            THEN 'pg_class'::regclass ELSE 'pg_type'::regclass END,
            CASE WHEN y.typrelid <> 0 AND c.relkind <> 'c' THEN y.typrelid
              ELSE COALESCE(g.rngtypid, y.oid) END
          FROM types t LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
          JOIN pg_type y ON y.oid = COALESCE(e.oid, t.oid)
          LEFT JOIN pg_range g ON g.rngmultitypid = y.oid
          LEFT JOIN pg_class c ON c.oid = y.typrelid
        UNION ALL
        SELECT 'pg_proc'::regclass, f.oid, 'pg_proc'::regclass, f.oid
          FROM routines f
        UNION ALL
        SELECT 'pg_attrdef'::regclass, d.oid, CASE a.attgenerated WHEN '' THEN
            'pg_attrdef'::regclass ELSE 'pg_class'::regclass END,
            CASE a.attgenerated WHEN '' THEN d.oid ELSE r.oid END
          FROM r JOIN pg_attrdef d ON d.adrelid = r.oid
          JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.adnum
        UNION ALL
        SELECT 'pg_constraint'::regclass, k.oid, 'pg_constraint'::regclass, k.oid
          FROM r JOIN constraints k ON k.conrelid = r.oid
        UNION ALL
        SELECT 'pg_constraint'::regclass, k.oid, 'pg_type'::regclass, k.contypid
          FROM types t JOIN pg_constraint k ON k.contypid = t.oid
        UNION ALL
        SELECT 'pg_rewrite'::regclass, u.oid, CASE u.rulename WHEN '_RETURN' THEN
            'pg_class'::regclass ELSE 'pg_rewrite'::regclass END,
            CASE u.rulename WHEN '_RETURN' THEN r.oid ELSE u.oid END
          FROM r JOIN pg_rewrite u ON u.ev_class = r.oid
        UNION ALL
        SELECT 'pg_trigger'::regclass, t.oid, 'pg_trigger'::regclass, t.oid
          FROM r JOIN pg_trigger t ON t.tgrelid = r.oid
        UNION ALL
        SELECT 'pg_policy'::regclass, p.oid, 'pg_policy'::regclass, p.oid
          FROM r JOIN pg_policy p ON p.polrelid = r.oid
        UNION ALL
        SELECT 'pg_statistic_ext'::regclass, x.oid, 'pg_statistic_ext'::regclass, x.oid
          FROM r JOIN pg_statistic_ext x ON x.stxrelid = r.oid)
      """;

  /** The statements that each statement needs; a sequence doesn't need the column that owns it. */
  static final String NEEDS =
      SchemaObjects.BASE
          + ", "
          + MADE_BY
          + """
          SELECT DISTINCT m.by_class::bigint, m.by::bigint, n.by_class::bigint, n.by::bigint
          FROM made m CROSS JOIN LATERAL (SELECT p.refclassid, p.refobjid, p.deptype
            FROM pg_depend p WHERE p.classid = m.class AND p.objid = m.oid OFFSET 0) AS d
          JOIN made n ON n.class = d.refclassid AND n.oid = d.refobjid
          WHERE (m.by_class, m.by) <> (n.by_class, n.by)
          AND NOT (d.deptype = 'a' AND m.class = 'pg_class'::regclass
            AND m.oid IN (SELECT oid FROM r WHERE relkind = 'S'))\
          """;

  private static final ObjectOrder.Key ROWS = new ObjectOrder.Key(0, 0, SchemaObjects.DATA);

  private final Connection connection;
  private final HistoryName history;
  private final String schema;
  private final StringBuilder text = new StringBuilder();

  private SchemaDump(Connection connection, HistoryName history, String schema) {
    this.history = history;
    this.connection = connection;
    this.schema = schema;
  }

  /**
   * Dumps a schema. The connection must be in a transaction, which it leaves with an empty search
   * path, and with indexes preferred whatever they cost.
   *
   * @throws NotDumpedException if there is something in it that the dump wouldn't make again
   */
  public static String of(Connection connection, HistoryName history, String schema)
      throws SQLException, NotDumpedException {
    return new SchemaDump(connection, history, schema).dump();
  }

  private String dump() throws SQLException, NotDumpedException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL search_path = ''; " + SchemaObjects.BY_INDEX);
    }
    refuse();
    List<Made> objects = order().sorted();
    header(objects);
    for (Made made : objects) {
      if (made.key().equals(ROWS)) {
        rows();
      } else {
        text.append(made.sql()).append(";\n\n");
      }
    }
    return text.toString();
  }

  /**
   * Settings only as far as something here needs them: they cost each copy a reset of its session.
   */
  private void header(List<Made> objects) {
    text.append("SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n")
        .append("SELECT pg_catalog.set_config('search_path', '', false);\n");
    if (has(objects, SchemaObjects.ROUTINE)) {
      text.append("SET check_function_bodies = false;\n");
    }
    if (has(objects, SchemaObjects.REFRESH)) {
      text.append("SET row_security = off;\n");
    }
    text.append("\nCREATE SCHEMA ").append(SqlIdentifier.quote(schema)).append(";\n\n");
  }

  private static boolean has(List<Made> objects, int rank) {
    return objects.stream().anyMatch(made -> made.key().rank() == rank);
  }

  private void refuse() throws SQLException, NotDumpedException {
    for (String what : column(NOT_DUMPED)) {
      throw new NotDumpedException(
          "%s of the schema %s isn't copied; have it in another schema, or use a dump by pg_dump"
              .formatted(what, schema));
    }
  }

  private List<String> column(String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (PreparedStatement statement = prepared(sql);
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        values.add(row.getString(1));
      }
    }
    return values;
  }

  private PreparedStatement prepared(String sql) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(history.in(sql));
    statement.setString(1, schema);
    return statement;
  }

  private ObjectOrder order() throws SQLException {
    ObjectOrder order = new ObjectOrder();
    order.add(new Made(ROWS, "", ""));
    List<ObjectOrder.Key[]> besides = new ArrayList<>();
    try (PreparedStatement statement = prepared(SchemaObjects.SQL);
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        ObjectOrder.Key key = new ObjectOrder.Key(row.getLong(1), row.getLong(2), row.getInt(3));
        // Several comments may be on one object.
        ObjectOrder.Key own = order.has(key) ? order.another(key) : key;
        order.add(new Made(own, row.getString(4), row.getString(5)));
        long needed = row.getLong(6);
        if (!row.wasNull()) {
          besides.add(new ObjectOrder.Key[] {own, new ObjectOrder.Key(-1, needed, 0)});
        }
      }
    }
    link(order, besides);
    return order;
  }

  private void link(ObjectOrder order, List<ObjectOrder.Key[]> besides) throws SQLException {
    ObjectOrder.Index index = order.index();
    besides.forEach(pair -> index.byOid(pair[1].oid()).forEach(n -> order.need(pair[0], n)));
    try (PreparedStatement statement = prepared(NEEDS);
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        for (ObjectOrder.Key what : index.of(row.getLong(1), row.getLong(2))) {
          index.of(row.getLong(3), row.getLong(4)).forEach(needed -> order.need(what, needed));
        }
      }
    }
    for (Made made : order.all()) {
      int rank = made.key().rank();
      if (rank == SchemaObjects.SEQUENCE
          || rank == SchemaObjects.TABLE
          || rank == SchemaObjects.IDENTITY) {
        order.need(ROWS, made.key());
      } else if (rank > SchemaObjects.DATA && rank != SchemaObjects.VIEW) {
        order.need(made.key(), ROWS);
      }
    }
  }

  /** The rows of all tables, and the positions of sequences that aren't at their beginning. */
  private void rows() throws SQLException, NotDumpedException {
    String tables =
        SchemaObjects.BASE
            + """
            SELECT r.named || ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
            FROM r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
              AND a.attgenerated = ''
            WHERE r.relkind = 'r' GROUP BY r.named ORDER BY r.named\
            """;
    for (String table : column(tables)) {
      copy(table);
    }
    positions(
        column(SchemaObjects.BASE + "SELECT named FROM r WHERE relkind = 'S' ORDER BY named"));
  }

  private void copy(String table) throws SQLException, NotDumpedException {
    int begin = text.length();
    text.append("COPY ").append(table).append(" FROM stdin;\n");
    int first = text.length();
    try {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyOut("COPY " + table + " TO STDOUT", new Limited(text));
    } catch (IOException e) {
      throw new NotDumpedException(
          "the rows of %s are more than a new tenant should begin with (%d MB in all)"
              .formatted(table.substring(0, table.indexOf(" (")), MOST >> 20));
    }
    if (text.length() == first) {
      text.setLength(begin);
    } else {
      text.append("\\.\n\n");
    }
  }

  /** Where sequences are that aren't at their beginning, in one query for some at a time. */
  private void positions(List<String> sequences) throws SQLException {
    for (int i = 0; i < sequences.size(); i += AT_ONCE) {
      String sql =
          sequences.subList(i, Math.min(sequences.size(), i + AT_ONCE)).stream()
              .map(SchemaDump::position)
              .collect(Collectors.joining(" UNION ALL "));
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(sql)) {
        while (row.next()) {
          text.append(row.getString(1)).append("\n\n");
        }
      }
    }
  }

  private static String position(String sequence) {
    return """
    SELECT 'SELECT pg_catalog.setval(' || pg_catalog.quote_literal(%s) || ', ' || v.last_value \
    || ', ' || v.is_called || ');' FROM %s v JOIN pg_catalog.pg_sequence q \
    ON q.seqrelid = v.tableoid WHERE v.is_called OR v.last_value <> q.seqstart\
    """
        .formatted(SqlIdentifier.literal(sequence), sequence);
  }

  /** Fails before the memory is used up. */
  private static final class Limited extends Writer {

    private final StringBuilder out;

    Limited(StringBuilder out) {
      this.out = out;
    }

    @Override
    public void write(char[] chars, int from, int length) throws IOException {
      if (out.length() + length > MOST) {
        throw new IOException("too long");
      }
      out.append(chars, from, length);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
