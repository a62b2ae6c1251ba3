package dev.tenantgate.gateway.routines;

/**
 * The question for the names of all in a database that can't be shown harmless.
 *
 * <p>Harmless is a routine in SQL or PL/pgSQL whose body has no word in it that sets, makes or runs
 * something, and names none that isn't harmless; and one in C of a known extension. Everything else
 * isn't, nor is what depends on it: operators, casts, aggregates, types, tables by their defaults,
 * checks, generated columns, policies, rules, triggers and indexes, views over these. Names stand
 * for all of that name, in whichever schema. Stateless.
 */
public final class HarmlessSql {

  /** Words of a body, in lower case, that set, make, leave or run something. */
  private static final String DOES =
      """
      \\m(execute|set_config|create|alter|drop|prepare|deallocate|discard|reset|listen|unlisten\
      |call|temp|temporary|hold|setseed|pg_settings|ts_stat|ts_rewrite|pg_temp\\w*\
      |(query|table|schema|database|cursor)_to_xml\\w*|\\w*advisory_lock\\w*\
      |(domain|array|record|range|multirange)_(in|recv)|dblink\\w*\
      |pg_replication_origin_session_setup|pg_backup_start|pg_start_backup\
      |pg_create_\\w*replication_slot)\\M\
      |\\mdo\\M(?!\\s+(update|nothing|also|instead))|&"\
      |(^|;|'|"|\\$|\\*/|--[^\\n]*\\n|>>|\\m(begin|then|else|loop|atomic)\\M)\\s*(set|load)\\M\
      """;

  /** The server's own functions that set, leave or run something, by their names. */
  private static final String BUILT_IN =
      """
      ^(set_config|setseed|ts_stat|ts_rewrite|.*_to_xml.*|pg_(try_)?advisory_lock.*\
      |(domain|array|record|range|multirange)_(in|recv)|pg_replication_origin_session_.*\
      |pg_backup_start|pg_start_backup|pg_create_.*_replication_slot)$\
      """;

  /** Extensions whose functions in C run no text that they are given, and leave nothing. */
  private static final String EXTENSIONS =
      """
      'plpgsql', 'amcheck', 'bloom', 'btree_gin', 'btree_gist', 'citext', 'cube', 'dict_int', \
      'dict_xsyn', 'earthdistance', 'fuzzystrmatch', 'hstore', 'intarray', 'isn', 'lo', 'ltree', \
      'pageinspect', 'pg_buffercache', 'pg_freespacemap', 'pg_prewarm', 'pg_stat_statements', \
      'pg_trgm', 'pg_visibility', 'pgcrypto', 'pgrowlocks', 'pgstattuple', 'postgis', \
      'postgres_fdw', 'file_fdw', 'seg', 'sslinfo', 'tcn', 'tsm_system_rows', 'tsm_system_time', \
      'unaccent', 'uuid-ossp', 'vector'\
      """;

  /**
   * Those of them that may lead to another path or user. A parameter with a dot in its name, which
   * row-level security goes by, is neither.
   */
  private static final String LEADS =
      """
      \\m(execute|discard|reset|call|pg_settings|ts_stat|ts_rewrite\
      |(query|table|schema|database|cursor)_to_xml\\w*\
      |(domain|array|record|range|multirange)_(in|recv))\\M\
      |\\mset_config\\M(?!\\s*\\(\\s*'[a-z_]\\w*\\.[\\w.]+'\\s*,)\
      |\\m(create|alter)\\s+(or\\s+replace\\s+)?(constraint\\s+|default\\s+)?\
      (function|procedure|trigger|rule|operator|cast|aggregate|domain|policy|view|table)\\M\
      |\\mdo\\M(?!\\s+(update|nothing|also|instead))|&"\
      |(^|;|'|"|\\$|\\*/|--[^\\n]*\\n|>>|\\m(begin|then|else|loop|atomic)\\M)\\s*\
      set\\M(?!\\s+(local\\s+|session\\s+)?[a-z_]\\w*\\.)\
      """;

  private static final String SQL =
      """
      WITH RECURSIVE
      known AS (SELECT d.objid AS oid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass
          AND d.deptype = 'e' AND e.extname IN (%3$s)),
      routine AS MATERIALIZED (
        SELECT DISTINCT lower(p.proname::text) AS name, lower(p.prosrc) AS body,
          l.lanname IN ('sql', 'plpgsql')
            OR (l.lanname IN ('internal', 'c') AND (p.prokind = 'a' OR k.oid IS NOT NULL)) AS known
        FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang LEFT JOIN known k ON k.oid = p.oid
        WHERE p.oid >= 16384::oid),
      tree AS (SELECT $re$:\\w*(?:func|fn)\\w* (?:$re$ || string_agg(oid::text, '|') || $re$)\\M$re$ AS calls
        FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname::text ~ $re$%2$s$re$),
      seed AS (
        SELECT name, false AS writes FROM routine WHERE NOT known OR body ~ $re$%1$s$re$
        UNION SELECT lower(p.proname::text), false FROM pg_proc p, tree
          WHERE p.prosqlbody IS NOT NULL AND p.oid >= 16384::oid AND p.prosqlbody::text ~ calls
        UNION SELECT 'pg_settings', false WHERE EXISTS (SELECT FROM pg_depend
          WHERE refclassid = 'pg_class'::regclass AND refobjid = 'pg_settings'::regclass
            AND objid >= 16384::oid)
        UNION SELECT lower(c.relname::text), false
          FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class CROSS JOIN tree
          WHERE r.oid >= 16384::oid AND concat(r.ev_action, r.ev_qual) ~ calls
        UNION SELECT lower(c.relname::text), false
          FROM pg_attrdef a JOIN pg_class c ON c.oid = a.adrelid CROSS JOIN tree
          WHERE a.adbin::text ~ calls
        UNION SELECT lower(coalesce(c.relname, t.typname)::text), false
          FROM pg_constraint k LEFT JOIN pg_class c ON c.oid = k.conrelid
          LEFT JOIN pg_type t ON t.oid = k.contypid CROSS JOIN tree
          WHERE k.contype = 'c' AND k.oid >= 16384::oid AND k.conbin::text ~ calls
        UNION SELECT lower(c.relname::text), false
          FROM pg_policy y JOIN pg_class c ON c.oid = y.polrelid CROSS JOIN tree
          WHERE concat(y.polqual, y.polwithcheck) ~ calls
        UNION SELECT lower(c.relname::text), false
          FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid CROSS JOIN tree
          WHERE g.tgqual::text ~ calls
        UNION SELECT lower(c.relname::text), true
          FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid CROSS JOIN tree
          WHERE i.indexrelid >= 16384::oid AND concat(i.indexprs, i.indpred) ~ calls),
      object AS MATERIALIZED (
        SELECT 'pg_proc'::regclass::oid AS class, oid, proname::text AS name FROM pg_proc
          WHERE oid >= 16384::oid
        UNION ALL SELECT 'pg_class'::regclass, c.oid, coalesce(t.relname, c.relname)
          FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
          LEFT JOIN pg_class t ON t.oid = i.indrelid WHERE c.oid >= 12000::oid
        UNION ALL SELECT 'pg_type'::regclass, t.oid, coalesce(e.typname, t.typname)
          FROM pg_type t LEFT JOIN pg_type e ON e.typarray = t.oid WHERE t.oid >= 16384::oid
        UNION ALL SELECT 'pg_operator'::regclass, oid, oprname FROM pg_operator
          WHERE oid >= 16384::oid
        UNION ALL SELECT 'pg_cast'::regclass, c.oid,
          CASE c.castcontext WHEN 'e' THEN t.typname ELSE '*' END
          FROM pg_cast c JOIN pg_type t ON t.oid = c.casttarget WHERE c.oid >= 16384::oid
        UNION ALL SELECT 'pg_amop'::regclass, oid, '*' FROM pg_amop WHERE oid >= 16384::oid
        UNION ALL SELECT 'pg_amproc'::regclass, oid, '*' FROM pg_amproc WHERE oid >= 16384::oid
        UNION ALL SELECT 'pg_event_trigger'::regclass, oid, '*' FROM pg_event_trigger
        UNION ALL SELECT 'pg_rewrite'::regclass, r.oid, c.relname
          FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE r.oid >= 12000::oid
        UNION ALL SELECT 'pg_attrdef'::regclass, a.oid, c.relname
          FROM pg_attrdef a JOIN pg_class c ON c.oid = a.adrelid
        UNION ALL SELECT 'pg_constraint'::regclass, k.oid, coalesce(c.relname, t.typname)
          FROM pg_constraint k LEFT JOIN pg_class c ON c.oid = k.conrelid
          LEFT JOIN pg_type t ON t.oid = k.contypid WHERE k.contype IN ('c', 'x', 't')
        UNION ALL SELECT 'pg_policy'::regclass, y.oid, c.relname
          FROM pg_policy y JOIN pg_class c ON c.oid = y.polrelid
        UNION ALL SELECT 'pg_trigger'::regclass, g.oid, c.relname
          FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE NOT g.tgisinternal
        UNION ALL SELECT 'pg_statistic_ext'::regclass, s.oid, c.relname
          FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid),
      edge AS MATERIALIZED (
        SELECT DISTINCT lower(s.name) AS source, lower(t.name) AS target,
          t.class IN ('pg_trigger'::regclass, 'pg_constraint'::regclass) AS writes
        FROM pg_depend d
        JOIN object t ON t.class = d.classid AND t.oid = d.objid
        JOIN object s ON s.class = d.refclassid AND s.oid = d.refobjid
        WHERE d.objid >= 16384::oid AND s.name <> t.name AND EXISTS (SELECT FROM seed)
        UNION SELECT lower(c.relname::text), lower(p.relname::text), false
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        JOIN pg_class p ON p.oid = i.inhparent WHERE EXISTS (SELECT FROM seed)
        UNION SELECT lower(c.relname::text), lower(p.relname::text), false
        FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
        JOIN pg_class p ON p.oid = f.confrelid
        WHERE f.contype = 'f' AND concat(f.confdeltype, f.confupdtype) ~ '[cnd]'
          AND EXISTS (SELECT FROM seed)),
      led AS (
        SELECT name FROM seed
        UNION
        SELECT n.name FROM led s CROSS JOIN LATERAL (
          SELECT e.target FROM edge e WHERE e.source = s.name
          UNION ALL
          SELECT r.name FROM routine r
          WHERE s.name <> '*' AND strpos(r.body, s.name) > 0
            AND (s.name !~ '[a-z0-9_]' OR r.body ~ concat('(^|[^a-z0-9_$])',
              regexp_replace(s.name, '[^a-z0-9_]', '.', 'g'), '([^a-z0-9_$]|$)'))) n(name))
      SELECT name FROM led WHERE name IS NOT NULL AND name !~ '^pg_toast_'\
      """;

  /**
   * Names of parameters that routines, policies, views and defaults may read or set. A sequence's
   * looks like one, and there may be many thousands of these.
   */
  private static final String PARAMETERS =
      """
       UNION (SELECT DISTINCT '=' || lower(m[1]) FROM (
        SELECT body FROM routine
        UNION ALL SELECT concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
          FROM pg_policy
        UNION ALL SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef
        UNION ALL SELECT pg_get_viewdef(oid) FROM pg_class WHERE relkind = 'v' AND oid >= 16384::oid
          AND relnamespace <> 'information_schema'::regnamespace) s(text),
        regexp_matches(
          regexp_replace(s.text, $re$(nextval|currval|setval)\\s*\\(\\s*'[^']*'$re$, '', 'gi'),
          $re$'([a-z_]\\w{0,62}(?:\\.[a-z_]\\w{0,62}){1,2})'(?!::reg)$re$, 'gi') m
        WHERE s.text ~ $re$'[A-Za-z_]\\w*\\.$re$
        LIMIT 1000)\
      """;

  private HarmlessSql() {}

  /**
   * For what may leave anything in its session. Rows of a name each; behind an equals sign,
   * parameters of an extension's kind that something names.
   */
  public static String anything() {
    return with(SQL + PARAMETERS, DOES);
  }

  /** The same for what may lead its session to another {@code search_path} or user. */
  public static String path() {
    return with(SQL, LEADS);
  }

  private static String with(String sql, String does) {
    return sql.replace("%1$s", does).replace("%2$s", BUILT_IN).replace("%3$s", EXTENSIONS);
  }
}
