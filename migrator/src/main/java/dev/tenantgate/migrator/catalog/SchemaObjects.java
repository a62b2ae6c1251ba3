package dev.tenantgate.migrator.catalog;

/**
 * The query behind {@link SchemaDump}: the statements that make the objects of a schema. Its
 * columns are the object's class, oid, rank and name, the statement, and a relation that the object
 * needs besides the server's dependencies (mostly null). One parameter, the schema's name; the
 * search path must be empty, so that each name has its schema. For PostgreSQL 14 and newer.
 */
final class SchemaObjects {

  static final int ROUTINE = 20;
  static final int SEQUENCE = 30;
  static final int TABLE = 40;
  static final int IDENTITY = 41;

  /** Rows come here: what they are checked against, and what would act on them, comes later. */
  static final int DATA = 50;

  /** From here on, all is made after the rows, but for {@link #VIEW}. */
  static final int VIEW = 60;

  static final int REFRESH = 75;

  /**
   * The objects {@code o} of the schema {@code s}, by the dependencies, which have an index:
   * nothing finds those of one schema in the other catalogs without a look at those of all tenants,
   * and the server takes them for many. OFFSET 0 has it look them up one by one.
   */
  static final String DEPENDENT =
      """
      o (class, oid) AS (SELECT 'pg_namespace'::regclass::oid, s.oid FROM s
        UNION
        SELECT d.classid, d.objid FROM o CROSS JOIN LATERAL (
          SELECT p.classid, p.objid FROM pg_depend p
          WHERE p.refclassid = o.class AND p.refobjid = o.oid AND (p.deptype IN ('a', 'i', 'P', 'S')
            OR o.class = 'pg_namespace'::regclass) OFFSET 0) AS d)\
      """;

  /**
   * To be in force where these queries run: of catalogs that tenants make large the server may know
   * so little that it would read all of one instead, or go through an index from end to end.
   */
  static final String BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_mergejoin = off";

  /**
   * The schema {@code s}, its relations {@code r}, the constraints of these, its types and its
   * routines; our own tables aren't among them.
   */
  static final String BASE =
      """
      WITH RECURSIVE s AS (SELECT oid, quote_ident(nspname) AS schema FROM pg_namespace
        WHERE nspname = ?),
      """
          + DEPENDENT
          + """
          ,
          r AS (SELECT c.*, s.schema || '.' || quote_ident(c.relname) AS named FROM s, o
            CROSS JOIN LATERAL (SELECT * FROM pg_class x WHERE x.oid = o.oid OFFSET 0) AS c
            WHERE o.class = 'pg_class'::regclass
            AND c.relnamespace = s.oid AND c.relname <> 'schema_migrations'
            AND c.relname NOT LIKE '%\\_before\\_tenantgate'
            AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class h ON h.oid = i.indrelid
              WHERE i.indexrelid = c.oid AND (h.relname = 'schema_migrations'
                OR h.relname LIKE '%\\_before\\_tenantgate'))),
          constraints AS (SELECT k.* FROM r CROSS JOIN LATERAL
            (SELECT * FROM pg_constraint x WHERE x.conrelid = r.oid OFFSET 0) AS k),
          types AS (SELECT t.* FROM s, o CROSS JOIN LATERAL
            (SELECT * FROM pg_type x WHERE x.oid = o.oid OFFSET 0) AS t
            WHERE o.class = 'pg_type'::regclass AND t.typnamespace = s.oid),
          routines AS (SELECT f.* FROM s, o CROSS JOIN LATERAL
            (SELECT * FROM pg_proc x WHERE x.oid = o.oid OFFSET 0) AS f
            WHERE o.class = 'pg_proc'::regclass AND f.pronamespace = s.oid),
          identity AS (SELECT d.objid AS sequence, d.refobjid AS owner, d.refobjsubid AS place
            FROM pg_depend d JOIN r ON r.oid = d.objid AND r.relkind = 'S'
            WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
            AND d.deptype = 'i' AND d.refobjsubid > 0)
          """;

  private static final String SEQUENCE_TERMS =
      """
      ' START WITH ' || q.seqstart || ' INCREMENT BY ' || q.seqincrement
      || ' MINVALUE ' || q.seqmin || ' MAXVALUE ' || q.seqmax || ' CACHE ' || q.seqcache
      || CASE WHEN q.seqcycle THEN ' CYCLE' ELSE '' END\
      """;

  static final String SQL =
      BASE
          + "SELECT class::bigint, oid::bigint, rank, label, sql, needs::bigint FROM ("
          + String.join(
              "\nUNION ALL\n",
              types(),
              routines(),
              sequences(),
              tables(),
              columns(),
              parts(),
              constraints(),
              indexes(),
              views(),
              onTables(),
              comments())
          + ") AS objects (class, oid, rank, label, sql, needs)";

  private SchemaObjects() {}

  private static String types() {
    return """
    SELECT 'pg_type'::regclass, t.oid, 10, 'type ' || t.typname, 'CREATE TYPE ' || s.schema || '.'
        || quote_ident(t.typname) || ' AS ENUM (' || COALESCE((SELECT string_agg(
          quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
          FROM pg_enum e WHERE e.enumtypid = t.oid), '') || ')', NULL::oid
      FROM types t CROSS JOIN s WHERE t.typtype = 'e'
    UNION ALL
    SELECT 'pg_type'::regclass, r.reltype, 10, 'type ' || r.relname, 'CREATE TYPE ' || r.named
        || ' AS (' || COALESCE((SELECT string_agg(quote_ident(a.attname) || ' '
          || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attcollation <> y.typcollation
            THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END, ', ' ORDER BY a.attnum)
          FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
          WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped), '') || ')', NULL
      FROM r WHERE r.relkind = 'c'
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 10, 'type ' || t.typname, 'CREATE TYPE ' || s.schema || '.'
        || quote_ident(t.typname) || ' AS RANGE (subtype = ' || format_type(g.rngsubtype, NULL)
        || CASE WHEN g.rngcollation <> 0 AND g.rngcollation <> y.typcollation
          THEN ', collation = ' || g.rngcollation::regcollation ELSE '' END
        || CASE WHEN g.rngsubdiff <> 0 THEN ', subtype_diff = ' || g.rngsubdiff::regproc
          ELSE '' END
        || ', multirange_type_name = ' || s.schema || '.' || quote_ident(m.typname) || ')', NULL
      FROM types t CROSS JOIN s JOIN pg_range g ON g.rngtypid = t.oid
      JOIN pg_type y ON y.oid = g.rngsubtype JOIN pg_type m ON m.oid = g.rngmultitypid
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 10, 'domain ' || t.typname, 'CREATE DOMAIN ' || s.schema
        || '.' || quote_ident(t.typname) || ' AS ' || format_type(t.typbasetype, t.typtypmod)
        || CASE WHEN t.typcollation <> y.typcollation
          THEN ' COLLATE ' || t.typcollation::regcollation ELSE '' END
        || COALESCE(' DEFAULT ' || pg_get_expr(t.typdefaultbin, 0), '')
        || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
        || COALESCE((SELECT string_agg(' CONSTRAINT ' || quote_ident(k.conname) || ' '
          || pg_get_constraintdef(k.oid), '' ORDER BY k.conname)
          FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), ''), NULL
      FROM types t CROSS JOIN s JOIN pg_type y ON y.oid = t.typbasetype
      WHERE t.typtype = 'd'\
    """;
  }

  private static String routines() {
    return """
    SELECT 'pg_proc'::regclass, f.oid, 20, 'function ' || f.proname, pg_get_functiondef(f.oid), NULL
      FROM routines f CROSS JOIN s WHERE f.prokind <> 'a'\
    """;
  }

  private static String sequences() {
    return """
    SELECT 'pg_class'::regclass, r.oid, 30, 'sequence ' || r.relname, 'CREATE '
        || CASE WHEN r.relpersistence = 'u' THEN 'UNLOGGED ' ELSE '' END || 'SEQUENCE ' || r.named
        || ' AS ' || format_type(q.seqtypid, NULL) || %1$s, NULL
      FROM r JOIN pg_sequence q ON q.seqrelid = r.oid
      WHERE r.oid NOT IN (SELECT sequence FROM identity)
    UNION ALL
    SELECT 0, d.objid, 43, 'sequence ' || r.relname, 'ALTER SEQUENCE ' || r.named || ' OWNED BY '
        || t.named || '.' || quote_ident(a.attname), t.oid
      FROM r JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a' AND d.refobjsubid > 0
      JOIN r t ON t.oid = d.refobjid
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
      WHERE r.relkind = 'S'
    UNION ALL
    SELECT 'pg_class'::regclass, r.oid, 41, 'sequence ' || r.relname, 'ALTER TABLE ' || t.named
        || ' ALTER COLUMN ' || quote_ident(a.attname) || ' ADD GENERATED '
        || CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END
        || ' AS IDENTITY (SEQUENCE NAME ' || r.named || %1$s || ')', t.oid
      FROM identity i JOIN r ON r.oid = i.sequence JOIN r t ON t.oid = i.owner
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.place
      JOIN pg_sequence q ON q.seqrelid = r.oid\
    """
        .formatted(SEQUENCE_TERMS);
  }

  private static String tables() {
    return """
    SELECT 'pg_class'::regclass, r.oid, 40, 'table ' || r.relname, 'CREATE '
        || CASE WHEN r.relpersistence = 'u' THEN 'UNLOGGED ' ELSE '' END || 'TABLE ' || r.named
        || ' (' || COALESCE((SELECT string_agg('\n    ' || quote_ident(a.attname) || ' '
          || format_type(a.atttypid, a.atttypmod)
          || CASE WHEN a.attcollation <> y.typcollation
            THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END
          || CASE a.attgenerated WHEN 's' THEN ' GENERATED ALWAYS AS ('
            || pg_get_expr(d.adbin, d.adrelid) || ') STORED' WHEN 'v' THEN ' GENERATED ALWAYS AS ('
            || pg_get_expr(d.adbin, d.adrelid) || ')' ELSE '' END
          || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END, ',' ORDER BY a.attnum)
          FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND (a.attislocal OR r.relispartition)), '') || ')'
        || CASE WHEN r.relispartition THEN '' ELSE COALESCE((SELECT ' INHERITS ('
          || string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) || ')'
          FROM pg_inherits i WHERE i.inhrelid = r.oid HAVING count(*) > 0), '') END
        || COALESCE(' PARTITION BY ' || pg_get_partkeydef(r.oid), '')
        || COALESCE(' WITH (' || array_to_string(r.reloptions, ', ') || ')', ''), NULL
      FROM r WHERE r.relkind IN ('r', 'p')\
    """;
  }

  private static String columns() {
    return """
    SELECT 'pg_attrdef'::regclass, d.oid, 44, 'default of ' || r.relname || '.' || a.attname,
        'ALTER TABLE ' || CASE WHEN r.relkind = 'v' THEN '' ELSE 'ONLY ' END || r.named
        || ' ALTER COLUMN ' || quote_ident(a.attname) || ' SET DEFAULT '
        || pg_get_expr(d.adbin, d.adrelid), r.oid
      FROM r JOIN pg_attrdef d ON d.adrelid = r.oid
      JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.adnum AND a.attgenerated = ''
    UNION ALL
    SELECT 0, r.oid, 45, 'columns of ' || r.relname, 'ALTER TABLE ONLY ' || r.named
        || string_agg(' ALTER COLUMN ' || quote_ident(a.attname) || c.change, ','
          ORDER BY a.attnum), r.oid
      FROM r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type y ON y.oid = a.atttypid
      CROSS JOIN LATERAL (VALUES
        (CASE WHEN a.attstorage <> y.typstorage THEN ' SET STORAGE ' || CASE a.attstorage
          WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'x' THEN 'EXTENDED' ELSE 'MAIN' END
          END),
        (CASE a.attcompression WHEN 'p' THEN ' SET COMPRESSION pglz'
          WHEN 'l' THEN ' SET COMPRESSION lz4' END),
        (CASE WHEN a.attstattarget >= 0 AND r.relkind <> 'm'
          THEN ' SET STATISTICS ' || a.attstattarget END),
        (' SET (' || array_to_string(a.attoptions, ', ') || ')')) AS c (change)
      WHERE r.relkind IN ('r', 'p', 'm') AND c.change IS NOT NULL GROUP BY r.oid, r.relname, r.named\
    """;
  }

  private static String parts() {
    return """
    SELECT 0, r.oid, 46, 'partition ' || r.relname, 'ALTER TABLE ONLY '
        || i.inhparent::regclass || ' ATTACH PARTITION ' || r.named || ' '
        || pg_get_expr(r.relpartbound, r.oid), i.inhparent
      FROM r JOIN pg_inherits i ON i.inhrelid = r.oid
      WHERE r.relispartition AND r.relkind IN ('r', 'p')\
    """;
  }

  private static String constraints() {
    return """
    SELECT 'pg_constraint'::regclass, k.oid, CASE k.contype WHEN 'f' THEN 65 ELSE 51 END,
        'constraint ' || k.conname, 'ALTER TABLE '
        || CASE WHEN k.contype = 'f' AND r.relkind = 'p' THEN '' WHEN k.contype = 'c' THEN ''
          ELSE 'ONLY ' END || r.named
        || ' ADD CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid), r.oid
      FROM r JOIN constraints k ON k.conrelid = r.oid
      WHERE (k.contype IN ('p', 'u', 'x') OR (k.contype = 'c' AND k.conislocal
        AND k.conparentid = 0) OR (k.contype = 'f' AND k.conparentid = 0))\
    """;
  }

  private static String indexes() {
    return """
    SELECT 'pg_class'::regclass, r.oid, 52, 'index ' || r.relname, pg_get_indexdef(r.oid), i.indrelid
      FROM r JOIN pg_index i ON i.indexrelid = r.oid
      WHERE NOT EXISTS (SELECT FROM constraints k
        WHERE k.conindid = r.oid AND k.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT 0, r.oid, 53, 'index ' || r.relname, 'ALTER INDEX ' || i.inhparent::regclass
        || ' ATTACH PARTITION ' || r.named, r.oid
      FROM r JOIN pg_inherits i ON i.inhrelid = r.oid WHERE r.relkind IN ('i', 'I')
    UNION ALL
    SELECT 0, i.indrelid, 54, 'index ' || r.relname, 'ALTER TABLE ' || t.named || ' CLUSTER ON '
        || quote_ident(r.relname), r.oid
      FROM r JOIN pg_index i ON i.indexrelid = r.oid AND i.indisclustered
      JOIN r t ON t.oid = i.indrelid
    UNION ALL
    SELECT 0, r.oid, 55, 'table ' || r.relname, 'ALTER TABLE ONLY ' || r.named
        || ' REPLICA IDENTITY ' || CASE r.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING'
          ELSE 'USING INDEX ' || quote_ident(x.relname) END, COALESCE(x.oid, r.oid)
      FROM r LEFT JOIN pg_index i ON i.indrelid = r.oid AND i.indisreplident
      LEFT JOIN pg_class x ON x.oid = i.indexrelid
      WHERE r.relkind IN ('r', 'p') AND r.relreplident <> 'd'\
    """;
  }

  private static String views() {
    return """
    SELECT 'pg_class'::regclass, r.oid, 60, 'view ' || r.relname, 'CREATE '
        || CASE r.relkind WHEN 'm' THEN 'MATERIALIZED ' ELSE '' END || 'VIEW ' || r.named
        || COALESCE(' WITH (' || array_to_string(r.reloptions, ', ') || ')', '') || ' AS '
        || rtrim(pg_get_viewdef(r.oid), ';')
        || CASE r.relkind WHEN 'm' THEN ' WITH NO DATA' ELSE '' END, NULL
      FROM r WHERE r.relkind IN ('v', 'm')
    UNION ALL
    SELECT 0, r.oid, 75, 'view ' || r.relname, 'REFRESH MATERIALIZED VIEW ' || r.named, r.oid
      FROM r WHERE r.relkind = 'm' AND r.relispopulated\
    """;
  }

  private static String onTables() {
    return """
    SELECT 'pg_rewrite'::regclass, u.oid, 70, 'rule ' || u.rulename, pg_get_ruledef(u.oid), r.oid
      FROM r JOIN pg_rewrite u ON u.ev_class = r.oid WHERE u.rulename <> '_RETURN'
    UNION ALL
    SELECT 'pg_trigger'::regclass, t.oid, 70, 'trigger ' || t.tgname, pg_get_triggerdef(t.oid)
        || CASE t.tgenabled WHEN 'O' THEN '' ELSE ';\nALTER TABLE ' || r.named
          || CASE t.tgenabled WHEN 'D' THEN ' DISABLE' WHEN 'R' THEN ' ENABLE REPLICA'
            ELSE ' ENABLE ALWAYS' END || ' TRIGGER ' || quote_ident(t.tgname) END, r.oid
      FROM r JOIN pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal AND t.tgparentid = 0
    UNION ALL
    SELECT 'pg_policy'::regclass, p.oid, 71, 'policy ' || p.polname, 'CREATE POLICY '
        || quote_ident(p.polname) || ' ON ' || r.named
        || CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END
        || CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT'
          WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' FOR DELETE' ELSE '' END
        || COALESCE((SELECT ' TO ' || string_agg(quote_ident(o.rolname), ', ' ORDER BY o.rolname)
          FROM pg_roles o WHERE o.oid = ANY (p.polroles)), '')
        || COALESCE(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
        || COALESCE(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''), r.oid
      FROM r JOIN pg_policy p ON p.polrelid = r.oid
    UNION ALL
    SELECT 0, r.oid, 72, 'table ' || r.relname, 'ALTER TABLE ' || r.named
        || CASE WHEN r.relrowsecurity THEN ' ENABLE ROW LEVEL SECURITY' ELSE '' END
        || CASE WHEN r.relrowsecurity AND r.relforcerowsecurity THEN ',' ELSE '' END
        || CASE WHEN r.relforcerowsecurity THEN ' FORCE ROW LEVEL SECURITY' ELSE '' END, r.oid
      FROM r WHERE r.relrowsecurity OR r.relforcerowsecurity
    UNION ALL
    SELECT 'pg_statistic_ext'::regclass, x.oid, 73, 'statistics ' || x.stxname,
        pg_get_statisticsobjdef(x.oid), r.oid
      FROM r JOIN pg_statistic_ext x ON x.stxrelid = r.oid\
    """;
  }

  private static String comments() {
    return """
    SELECT 0, c.objoid, 90, 'comment', 'COMMENT ON ' || CASE WHEN c.objsubid > 0
        THEN 'COLUMN ' || o.named || '.' || (SELECT quote_ident(a.attname) FROM pg_attribute a
          WHERE a.attrelid = o.oid AND a.attnum = c.objsubid)
        ELSE o.said END || ' IS ' || quote_literal(c.description), o.needs
      FROM (
        SELECT 'pg_class'::regclass::oid, r.oid, r.named, CASE r.relkind WHEN 'v' THEN 'VIEW '
            WHEN 'm' THEN 'MATERIALIZED VIEW ' WHEN 'S' THEN 'SEQUENCE ' WHEN 'i' THEN 'INDEX '
            WHEN 'I' THEN 'INDEX ' WHEN 'c' THEN 'TYPE ' ELSE 'TABLE ' END || r.named, r.oid
          FROM r
        UNION ALL
        SELECT 'pg_proc'::regclass::oid, f.oid, NULL, CASE f.prokind WHEN 'p' THEN 'PROCEDURE '
            ELSE 'FUNCTION ' END || s.schema || '.' || quote_ident(f.proname) || '('
            || pg_get_function_identity_arguments(f.oid) || ')', NULL
          FROM routines f CROSS JOIN s
        UNION ALL
        SELECT 'pg_type'::regclass::oid, t.oid, NULL, CASE t.typtype WHEN 'd' THEN 'DOMAIN '
            ELSE 'TYPE ' END || s.schema || '.' || quote_ident(t.typname), NULL
          FROM types t CROSS JOIN s
        UNION ALL
        SELECT 'pg_constraint'::regclass::oid, k.oid, NULL, 'CONSTRAINT ' || quote_ident(k.conname)
            || ' ON ' || r.named, r.oid FROM r JOIN constraints k ON k.conrelid = r.oid
        UNION ALL
        SELECT 'pg_trigger'::regclass::oid, t.oid, NULL, 'TRIGGER ' || quote_ident(t.tgname)
            || ' ON ' || r.named, r.oid FROM r JOIN pg_trigger t ON t.tgrelid = r.oid
        UNION ALL
        SELECT 'pg_policy'::regclass::oid, p.oid, NULL, 'POLICY ' || quote_ident(p.polname)
            || ' ON ' || r.named, r.oid FROM r JOIN pg_policy p ON p.polrelid = r.oid
      ) AS o (class, oid, named, said, needs)
      CROSS JOIN LATERAL (SELECT * FROM pg_description x
        WHERE x.classoid = o.class AND x.objoid = o.oid OFFSET 0) AS c\
    """;
  }
}
