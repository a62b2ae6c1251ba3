package dev.tenantgate.migrator.catalog;

/**
 * The query behind a snapshot: what an object is called, and how it is defined, for everything in a
 * schema but the history's table. Objects of extensions are left out, and so are owners and grants,
 * which differ between installations by intent. For PostgreSQL 14 and newer.
 */
final class CatalogQuery {

  /**
   * Relations, functions and types of a schema whose objects were numbered before its history was:
   * number, what each is called, and how its line in a snapshot begins. One parameter, the schema's
   * name. After a restore they are numbered anew.
   */
  static final String OLDER =
      """
      WITH s AS (SELECT n.oid, c.oid AS history FROM pg_namespace n JOIN pg_class c
        ON c.relnamespace = n.oid AND c.relname = 'schema_migrations' WHERE n.nspname = ?)
      SELECT c.oid::bigint, k.kind || ' ' || c.relname, k.line || c.relname FROM s
        JOIN pg_class c ON c.relnamespace = s.oid AND c.oid < s.history
        JOIN (VALUES ('r', 'table', 'table '), ('p', 'table', 'partitioned table '),
          ('v', 'view', 'view '), ('m', 'view', 'materialized view '), ('S', 'sequence', 'sequence '),
          ('f', 'table', 'foreign table '), ('c', 'type', 'type ')) AS k (relkind, kind, line)
          ON k.relkind = c.relkind::text
      UNION ALL
      SELECT f.oid::bigint, 'function ' || f.proname,
          CASE f.prokind WHEN 'a' THEN 'aggregate ' ELSE 'function ' END || f.proname
          || '(' || pg_get_function_identity_arguments(f.oid) || ')'
        FROM s JOIN pg_proc f ON f.pronamespace = s.oid AND f.oid < s.history
      UNION ALL
      SELECT t.oid::bigint, 'type ' || t.typname,
          CASE t.typtype WHEN 'd' THEN 'domain ' ELSE 'type ' END || t.typname
        FROM s JOIN pg_type t ON t.typnamespace = s.oid AND t.oid < s.history
          AND t.typtype IN ('e', 'r', 'd')
      ORDER BY 2\
      """;

  /** Two columns of text; parameters: the schema's name, and numbers of what is left out. */
  static final String SQL =
      """
      WITH RECURSIVE s AS (SELECT oid FROM pg_namespace WHERE nspname = ?),
      """
          + SchemaObjects.DEPENDENT
          + """
          , left_out AS (SELECT unnest(?::bigint[])::oid AS oid),
          r AS (SELECT c.* FROM s, o CROSS JOIN LATERAL
                (SELECT * FROM pg_class x WHERE x.oid = o.oid OFFSET 0) AS c
                WHERE o.class = 'pg_class'::regclass AND c.relnamespace = s.oid
                AND c.oid NOT IN (SELECT oid FROM left_out)
                AND NOT EXISTS (SELECT FROM pg_index i JOIN left_out o ON o.oid = i.indrelid
                  WHERE i.indexrelid = c.oid)
                AND NOT EXISTS (SELECT 1 FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') AND c.relname <> 'schema_migrations'
                AND c.relname NOT LIKE '%\\_before\\_tenantgate'
                AND NOT EXISTS (SELECT FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
                  WHERE g.tgrelid = c.oid AND p.proname = 'refuse_write' AND p.pronamespace =
                    (SELECT oid FROM pg_namespace WHERE nspname = 'tenantgate'))
                AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class h ON h.oid = i.indrelid
                  WHERE i.indexrelid = c.oid AND (h.relname = 'schema_migrations'
                    OR h.relname LIKE '%\\_before\\_tenantgate'))
                AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_class h ON h.oid = d.refobjid
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                    AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
                    AND h.relname LIKE '%\\_before\\_tenantgate')),
          t AS (SELECT t.* FROM s, o CROSS JOIN LATERAL
                (SELECT * FROM pg_type x WHERE x.oid = o.oid OFFSET 0) AS t
                WHERE o.class = 'pg_type'::regclass AND t.typnamespace = s.oid
                AND t.oid NOT IN (SELECT oid FROM left_out) AND NOT EXISTS
                (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_type'::regclass
                 AND d.objid = t.oid AND d.deptype = 'e')),
          f AS (SELECT f.* FROM s, o CROSS JOIN LATERAL
                (SELECT * FROM pg_proc x WHERE x.oid = o.oid OFFSET 0) AS f
                WHERE o.class = 'pg_proc'::regclass AND f.pronamespace = s.oid
                AND f.oid NOT IN (SELECT oid FROM left_out) AND NOT EXISTS
                (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                 AND d.objid = f.oid AND d.deptype = 'e'))
          """
          + "SELECT * FROM ("
          + String.join("\nUNION ALL\n", relations(), columns(), onTables(), routines(), types())
          + "\nUNION ALL\n"
          + comments()
          + ") AS everything (name, definition)";

  /** A table's columns in their order; one parameter, the schema's name. */
  static final String ORDER =
      """
      WITH RECURSIVE s AS (SELECT oid FROM pg_namespace WHERE nspname = ?),
      """
          + SchemaObjects.DEPENDENT
          + """
           SELECT 'order of columns of ' || c.relname || ': '
            || string_agg(a.attname, ', ' ORDER BY a.attnum)
          FROM s, o CROSS JOIN LATERAL (SELECT * FROM pg_class x WHERE x.oid = o.oid OFFSET 0) AS c
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          WHERE o.class = 'pg_class'::regclass AND c.relnamespace = s.oid
          AND c.relkind IN ('r', 'p') AND c.relname <> 'schema_migrations'
          GROUP BY c.relname\
          """;

  private CatalogQuery() {}

  private static String relations() {
    return """
    SELECT CASE relkind WHEN 'r' THEN 'table ' WHEN 'p' THEN 'partitioned table '
        WHEN 'c' THEN 'type ' WHEN 'f' THEN 'foreign table ' END || relname,
        CASE relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END
        || CASE WHEN relrowsecurity THEN ' row level security' ELSE '' END
        || CASE WHEN relforcerowsecurity THEN ' forced' ELSE '' END
        || CASE relreplident WHEN 'f' THEN ' replica identity full'
           WHEN 'n' THEN ' replica identity nothing' WHEN 'i' THEN ' replica identity index'
           ELSE '' END
        || COALESCE(' with (' || array_to_string(reloptions, ', ') || ')', '')
        || COALESCE(' partition by ' || pg_get_partkeydef(oid), '')
        || COALESCE((SELECT ' inherits ' || string_agg(i.inhparent::regclass::text, ', '
             ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = r.oid), '')
        || COALESCE(' ' || pg_get_expr(relpartbound, oid), '')
      FROM r WHERE relkind IN ('r', 'p', 'c', 'f')
    UNION ALL
    SELECT 'sequence ' || relname, format_type(q.seqtypid, NULL) || ' start '
        || q.seqstart || ' increment ' || q.seqincrement || ' minimum ' || q.seqmin
        || ' maximum ' || q.seqmax || ' cache ' || q.seqcache
        || CASE WHEN q.seqcycle THEN ' cycle' ELSE '' END
        || COALESCE((SELECT ' owned by ' || d.refobjid::regclass || '.' || a.attname
             FROM pg_depend d JOIN pg_attribute a
             ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
             WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid
             AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0 LIMIT 1), '')
      FROM r JOIN pg_sequence q ON q.seqrelid = r.oid
    UNION ALL
    SELECT CASE relkind WHEN 'v' THEN 'view ' ELSE 'materialized view ' END || relname || ':',
        COALESCE('with (' || array_to_string(reloptions, ', ') || ') ', '')
        || pg_get_viewdef(oid, true)
      FROM r WHERE relkind IN ('v', 'm')\
    """;
  }

  private static String columns() {
    return """
    SELECT 'column ' || relname || '.' || attname, format_type(atttypid, atttypmod)
        || CASE WHEN attnotnull THEN ' not null' ELSE '' END
        || CASE WHEN attcollation <> 0 AND attcollation <> y.typcollation
           THEN ' collate ' || attcollation::regcollation ELSE '' END
        || CASE attidentity WHEN 'a' THEN ' generated always as identity'
           WHEN 'd' THEN ' generated by default as identity' ELSE '' END
        || CASE WHEN d.oid IS NULL THEN ''
           WHEN attgenerated = 's' THEN ' generated as ' || pg_get_expr(d.adbin, d.adrelid)
           WHEN attgenerated <> '' THEN
           ' generated virtual as ' || pg_get_expr(d.adbin, d.adrelid)
           ELSE ' default ' || pg_get_expr(d.adbin, d.adrelid) END
      FROM r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type y ON y.oid = a.atttypid
      LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
      WHERE relkind IN ('r', 'p', 'c', 'f')\
    """;
  }

  private static String onTables() {
    return """
    SELECT 'constraint ' || r.relname || ' ' || conname, pg_get_constraintdef(k.oid, true)
      FROM r JOIN pg_constraint k ON k.conrelid = r.oid WHERE k.contype <> 'n'
    UNION ALL
    SELECT 'index', pg_get_indexdef(i.indexrelid, 0, true)
        || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END
      FROM r JOIN pg_index i ON i.indexrelid = r.oid
    UNION ALL
    SELECT 'trigger', pg_get_triggerdef(t.oid, true)
        || CASE t.tgenabled WHEN 'O' THEN '' WHEN 'D' THEN ' disabled'
           WHEN 'R' THEN ' on replica' ELSE ' always' END
      FROM r JOIN pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'rule ' || r.relname || ' ' || u.rulename, pg_get_ruledef(u.oid, true)
      FROM r JOIN pg_rewrite u ON u.ev_class = r.oid WHERE u.rulename <> '_RETURN'
    UNION ALL
    SELECT 'policy ' || r.relname || ' ' || p.polname,
        CASE WHEN p.polpermissive THEN '' ELSE 'restrictive ' END || 'for '
        || CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
           WHEN 'd' THEN 'delete' ELSE 'all' END
        || COALESCE((SELECT ' to ' || string_agg(o.rolname, ', ' ORDER BY o.rolname)
             FROM pg_roles o WHERE o.oid = ANY (p.polroles)), '')
        || COALESCE(' using ' || pg_get_expr(p.polqual, p.polrelid), '')
        || COALESCE(' with check ' || pg_get_expr(p.polwithcheck, p.polrelid), '')
      FROM r JOIN pg_policy p ON p.polrelid = r.oid
    UNION ALL
    SELECT 'statistics ' || x.stxname, pg_get_statisticsobjdef(x.oid)
      FROM r JOIN pg_statistic_ext x ON x.stxrelid = r.oid\
    """;
  }

  private static String routines() {
    return """
    SELECT 'function ' || f.proname || '(' || pg_get_function_identity_arguments(f.oid) || ')',
        pg_get_functiondef(f.oid)
      FROM f WHERE f.prokind IN ('f', 'p', 'w')
    UNION ALL
    SELECT 'aggregate ' || f.proname || '(' || pg_get_function_identity_arguments(f.oid) || ')',
        a.aggtransfn::text || ' state ' || format_type(a.aggtranstype, NULL)
        || ' final ' || a.aggfinalfn::text || COALESCE(' initially ' || a.agginitval, '')
      FROM f JOIN pg_aggregate a ON a.aggfnoid = f.oid\
    """;
  }

  private static String types() {
    return """
    SELECT 'type ' || t.typname, 'enum (' || COALESCE((SELECT string_agg(
        quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
        FROM pg_enum e WHERE e.enumtypid = t.oid), '') || ')'
      FROM t WHERE t.typtype = 'e'
    UNION ALL
    SELECT 'type ' || t.typname, 'range of ' || format_type(g.rngsubtype, NULL)
      FROM t JOIN pg_range g ON g.rngtypid = t.oid
    UNION ALL
    SELECT 'domain ' || t.typname, format_type(t.typbasetype, t.typtypmod)
        || CASE WHEN t.typnotnull THEN ' not null' ELSE '' END
        || COALESCE(' default ' || t.typdefault, '')
        || COALESCE((SELECT string_agg(' ' || pg_get_constraintdef(k.oid, true), ''
             ORDER BY k.conname) FROM pg_constraint k
             WHERE k.contypid = t.oid AND k.contype <> 'n'), '')
      FROM t WHERE t.typtype = 'd'\
    """;
  }

  private static String comments() {
    return """
    SELECT 'comment on ' || r.relname || COALESCE('.' || a.attname, ''), c.description
      FROM r JOIN pg_description c ON c.classoid = 'pg_class'::regclass AND c.objoid = r.oid
      LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = c.objsubid
        AND c.objsubid > 0
    UNION ALL
    SELECT 'comment on function ' || f.proname || '('
        || pg_get_function_identity_arguments(f.oid) || ')', c.description
      FROM f JOIN pg_description c ON c.classoid = 'pg_proc'::regclass AND c.objoid = f.oid
    UNION ALL
    SELECT 'comment on type ' || t.typname, c.description
      FROM t JOIN pg_description c ON c.classoid = 'pg_type'::regclass AND c.objoid = t.oid\
    """;
  }
}
