package dev.tenantgate.gateway.routines;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The question what the routines of a database may do to the session that runs them, and what leads
 * to these. Answered by a name and a {@link Kind} each; a name stands for all of that name, in
 * whichever schema.
 *
 * <p>Harmless is a routine in SQL or PL/pgSQL whose body has no word of {@link
 * RoutinePattern#ANYTHING}, and names none that isn't harmless; and one in C of a known extension.
 * Everything else isn't, nor is what depends on it: operators, casts, aggregates, types, tables by
 * their defaults, checks, generated columns, policies, rules, triggers and indexes, views over
 * these. Tenants have the same defaults and checks, which are looked at once. Stateless.
 */
public final class RoutinesSql {

  /** The kind of a name in the answer. */
  public enum Kind {
    /** It can't be shown harmless. */
    UNPROVEN,
    /** Running it, or reading it, may leave what can't be carried. */
    STATE,
    /** Writing to it may. */
    STATE_IF_WRITTEN,
    /** Either may leave what the server can't be asked about. */
    UNTRACEABLE,
    /** Running it, or reading it, reads a sequence's last value. */
    SEQUENCE,
    /** Writing to it does. */
    SEQUENCE_IF_WRITTEN,
    /** A parameter that a routine sets; an asterisk for one whose name it computes. */
    SET,
    /** A parameter of an extension's kind that something mentions. */
    MENTIONED;

    /** The kind of that name, as the server says it. */
    public static Kind of(String name) {
      return valueOf(name.toUpperCase(Locale.ROOT));
    }
  }

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

  private static final String SQL =
      """
      WITH RECURSIVE
      kind(kind, body, calls) AS (VALUES %1$s),
      known AS (SELECT d.objid AS oid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass
          AND d.deptype = 'e' AND e.extname IN (%2$s)),
      routine AS MATERIALIZED (
        SELECT DISTINCT lower(p.proname::text) AS name, lower(p.prosrc) AS body,
          lower(array_to_string(p.proconfig, ' ')) AS config,
          l.lanname IN ('internal', 'c') AS compiled,
          l.lanname IN ('sql', 'plpgsql')
            OR (l.lanname IN ('internal', 'c') AND (p.prokind = 'a' OR k.oid IS NOT NULL)) AS known
        FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang LEFT JOIN known k ON k.oid = p.oid
        WHERE p.oid >= 16384::oid),
      called AS (SELECT kind, p.oid
        FROM kind JOIN pg_proc p ON p.proname::text ~ kind.calls
        WHERE p.pronamespace = 'pg_catalog'::regnamespace),
      tree AS (SELECT kind, concat($re$:\\w*(?:func|fn)\\w* (?:$re$, string_agg(oid::text, '|'), $re$)\\M$re$) AS calls
        FROM called GROUP BY kind),
      any_tree AS (SELECT concat($re$:\\w*(?:func|fn)\\w* (?:$re$, string_agg(DISTINCT oid::text, '|'), $re$)\\M$re$) AS calls
        FROM called),
      default_tree AS MATERIALIZED (
        SELECT tree FROM (SELECT DISTINCT adbin::text FROM pg_attrdef) all_of(tree), any_tree
          WHERE tree ~ calls),
      check_tree AS MATERIALIZED (
        SELECT tree FROM (SELECT DISTINCT conbin::text FROM pg_constraint
          WHERE contype = 'c' AND oid >= 16384::oid) all_of(tree), any_tree WHERE tree ~ calls),
      expression AS MATERIALIZED (
        SELECT p.proname::text AS name, false AS writes, p.prosqlbody::text AS tree
          FROM pg_proc p, any_tree
          WHERE p.prosqlbody IS NOT NULL AND p.oid >= 16384::oid AND p.prosqlbody::text ~ calls
        UNION ALL SELECT c.relname, r.ev_type <> '1', concat(r.ev_action, r.ev_qual)
          FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class CROSS JOIN any_tree
          WHERE r.oid >= 16384::oid AND concat(r.ev_action, r.ev_qual) ~ calls
        UNION ALL SELECT c.relname, t.attgenerated <> 'v', a.adbin::text
          FROM default_tree d JOIN pg_attrdef a ON a.adbin::text = d.tree
          JOIN pg_class c ON c.oid = a.adrelid
          JOIN pg_attribute t ON t.attrelid = a.adrelid AND t.attnum = a.adnum
        UNION ALL SELECT coalesce(c.relname, t.typname), c.oid IS NOT NULL, k.conbin::text
          FROM check_tree d JOIN pg_constraint k ON k.conbin::text = d.tree
          LEFT JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_type t ON t.oid = k.contypid
          WHERE k.contype = 'c' AND k.oid >= 16384::oid
        UNION ALL SELECT t.typname, false, t.typdefaultbin::text
          FROM pg_type t CROSS JOIN any_tree
          WHERE t.oid >= 16384::oid AND t.typdefaultbin::text ~ calls
        UNION ALL SELECT c.relname, false, concat(y.polqual, y.polwithcheck)
          FROM pg_policy y JOIN pg_class c ON c.oid = y.polrelid CROSS JOIN any_tree
          WHERE concat(y.polqual, y.polwithcheck) ~ calls
        UNION ALL SELECT c.relname, true, g.tgqual::text
          FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid CROSS JOIN any_tree
          WHERE g.tgqual::text ~ calls
        UNION ALL SELECT c.relname, true, concat(i.indexprs, i.indpred)
          FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid CROSS JOIN any_tree
          WHERE i.indexrelid >= 16384::oid AND concat(i.indexprs, i.indpred) ~ calls),
      seed AS MATERIALIZED (
        SELECT r.name, false AS writes, k.kind FROM routine r JOIN kind k
          ON (NOT r.compiled AND r.body ~ k.body)
          OR (k.kind IN ('unproven', 'state') AND r.config ~ $re$%3$s$re$)
        UNION SELECT name, false, 'unproven' FROM routine WHERE NOT known
        UNION SELECT lower(e.name), e.writes AND t.kind <> 'unproven', t.kind
          FROM expression e JOIN tree t ON e.tree ~ t.calls
        UNION SELECT lower(n.name), false, n.kind FROM (
          SELECT p.proname::text, c.kind FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid
            JOIN called c ON c.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
              a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
          UNION ALL SELECT o.oprname, c.kind FROM pg_operator o
            JOIN called c ON c.oid IN (o.oprcode, o.oprrest, o.oprjoin) WHERE o.oid >= 16384::oid
          UNION ALL SELECT CASE k.castcontext WHEN 'e' THEN t.typname ELSE '*' END, c.kind
            FROM pg_cast k JOIN pg_type t ON t.oid = k.casttarget
            JOIN called c ON c.oid = k.castfunc WHERE k.oid >= 16384::oid) n(name, kind)
        UNION SELECT 'pg_settings', false, 'unproven' WHERE EXISTS (SELECT FROM pg_depend
          WHERE refclassid = 'pg_class'::regclass AND refobjid = 'pg_settings'::regclass
            AND objid >= 16384::oid)),
      object AS MATERIALIZED (
        SELECT 'pg_proc'::regclass::oid AS class, oid, proname::text AS name, false AS writes
          FROM pg_proc
          WHERE oid >= 16384::oid
        UNION ALL SELECT 'pg_class'::regclass, c.oid, coalesce(t.relname, c.relname), i.indexrelid IS NOT NULL
          FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
          LEFT JOIN pg_class t ON t.oid = i.indrelid WHERE c.oid >= 12000::oid
        UNION ALL SELECT 'pg_type'::regclass, t.oid, coalesce(e.typname, t.typname), false
          FROM pg_type t LEFT JOIN pg_type e ON e.typarray = t.oid WHERE t.oid >= 16384::oid
        UNION ALL SELECT 'pg_operator'::regclass, oid, oprname, false FROM pg_operator
          WHERE oid >= 16384::oid
        UNION ALL SELECT 'pg_cast'::regclass, c.oid,
          CASE c.castcontext WHEN 'e' THEN t.typname ELSE '*' END, false
          FROM pg_cast c JOIN pg_type t ON t.oid = c.casttarget WHERE c.oid >= 16384::oid
        UNION ALL SELECT 'pg_amop'::regclass, oid, '*', false FROM pg_amop WHERE oid >= 16384::oid
        UNION ALL SELECT 'pg_amproc'::regclass, oid, '*', false FROM pg_amproc WHERE oid >= 16384::oid
        UNION ALL SELECT 'pg_event_trigger'::regclass, oid, '*', false FROM pg_event_trigger
        UNION ALL SELECT 'pg_conversion'::regclass, oid, '*', false FROM pg_conversion
        UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, fdwname, false
          FROM pg_foreign_data_wrapper
        UNION ALL SELECT 'pg_foreign_server'::regclass, oid, srvname, false FROM pg_foreign_server
        UNION ALL SELECT 'pg_rewrite'::regclass, r.oid, c.relname, r.ev_type <> '1'
          FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE r.oid >= 12000::oid
        UNION ALL SELECT 'pg_attrdef'::regclass, a.oid, c.relname, t.attgenerated <> 'v'
          FROM pg_attrdef a JOIN pg_class c ON c.oid = a.adrelid
          JOIN pg_attribute t ON t.attrelid = a.adrelid AND t.attnum = a.adnum
        UNION ALL SELECT 'pg_constraint'::regclass, k.oid, coalesce(c.relname, t.typname),
            c.oid IS NOT NULL
          FROM pg_constraint k LEFT JOIN pg_class c ON c.oid = k.conrelid
          LEFT JOIN pg_type t ON t.oid = k.contypid WHERE k.contype IN ('c', 'x', 't')
        UNION ALL SELECT 'pg_policy'::regclass, y.oid, c.relname, false
          FROM pg_policy y JOIN pg_class c ON c.oid = y.polrelid
        UNION ALL SELECT 'pg_trigger'::regclass, g.oid, c.relname, true
          FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE NOT g.tgisinternal
        UNION ALL SELECT 'pg_statistic_ext'::regclass, s.oid, c.relname, true
          FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid),
      edge AS MATERIALIZED (
        SELECT DISTINCT lower(s.name) AS source, lower(t.name) AS target, t.writes
        FROM pg_depend d
        JOIN object t ON t.class = d.classid AND t.oid = d.objid
        JOIN object s ON s.class = d.refclassid AND s.oid = d.refobjid
        WHERE d.objid >= 16384::oid AND s.name <> t.name AND EXISTS (SELECT FROM seed)
        UNION SELECT lower(c.relname::text), lower(p.relname::text), true
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        JOIN pg_class p ON p.oid = i.inhparent WHERE EXISTS (SELECT FROM seed)
        UNION SELECT lower(c.relname::text), lower(p.relname::text), true
        FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
        JOIN pg_class p ON p.oid = f.confrelid
        WHERE f.contype = 'f' AND concat(f.confdeltype, f.confupdtype) ~ '[cnd]'
          AND EXISTS (SELECT FROM seed)),
      led AS (
        SELECT name, writes, kind FROM seed
        UNION
        SELECT n.name, n.writes AND s.kind <> 'unproven', s.kind
        FROM led s CROSS JOIN LATERAL (
          SELECT e.target, e.writes OR s.writes FROM edge e WHERE e.source = s.name
          UNION ALL
          SELECT r.name, false FROM routine r
          WHERE s.name <> '*' AND strpos(r.body, s.name) > 0
            AND (s.name !~ '[a-z0-9_]' OR r.body ~ concat('(^|[^a-z0-9_$])',
              regexp_replace(s.name, '[^a-z0-9_]', '.', 'g'), '([^a-z0-9_$]|$)'))
            AND (NOT s.writes
              OR r.body ~ $re$\\m(insert|update|delete|merge|copy|truncate)\\M$re$)) n(name, writes))
      SELECT name, CASE WHEN writes AND kind IN ('state', 'sequence') THEN kind || '_if_written'
        ELSE kind END
      FROM led WHERE name IS NOT NULL AND name !~ '^pg_toast_'
      UNION SELECT word, 'unproven' FROM unnest(ARRAY['analyze', 'analyse', 'vacuum', 'reindex', 'cluster'])
        all_tables(word) WHERE EXISTS (SELECT FROM led WHERE kind = 'unproven')
          AND EXISTS (SELECT FROM kind WHERE kind = 'state')\
      """;

  /** Parameters that routines set, by name or not. */
  private static final String SET =
      """
       UNION ALL (SELECT DISTINCT lower(CASE
          WHEN m[3] IS NOT NULL THEN 'search_path'
          WHEN m[5] IS NOT NULL THEN CASE substr(m[5], 1, 1)
            WHEN 'r' THEN 'role' WHEN 't' THEN 'timezone' WHEN 'n' THEN 'client_encoding'
            ELSE 'session_authorization' END
          ELSE coalesce(m[1], m[2], m[4], '*') END), 'set'
        FROM routine r CROSS JOIN LATERAL regexp_matches(r.body, $re$%1$s$re$, 'g') m
        WHERE NOT r.compiled AND (m[4] IS NULL OR EXISTS (SELECT FROM pg_settings s
          WHERE lower(s.name) = m[4] AND s.context ~ 'user')))\
      """
          .replace("%1$s", SetParameters.EXPRESSION);

  /**
   * Names of parameters that routines, policies, views and defaults may read or set. A sequence's
   * looks like one, and there may be many thousands of these.
   *
   * <p>Of expressions the trees are read, for their constants of type text. The server's functions
   * that write them out as SQL lock the tables that they name, and fail where these are dropped:
   * clients would wait for the locks of a migration, whosever it is.
   */
  private static final String PARAMETERS =
      """
       UNION ALL (SELECT DISTINCT lower(name), 'mentioned' FROM (
        SELECT m[1] FROM routine, regexp_matches(
            regexp_replace(body, $re$(nextval|currval|setval)\\s*\\(\\s*'[^']*'$re$, '', 'gi'),
            $re$'([a-z_]\\w{0,62}(?:\\.[a-z_]\\w{0,62}){1,2})'(?!::reg)$re$, 'gi') m
          WHERE body ~ $re$'[A-Za-z_]\\w*\\.$re$
        UNION ALL SELECT (SELECT string_agg(chr(byte::int), '' ORDER BY place)
              FROM unnest(string_to_array(rtrim(constant), ' ')) WITH ORDINALITY b(byte, place))
          FROM (SELECT DISTINCT m[1] FROM (
              SELECT DISTINCT concat(polqual, polwithcheck) FROM pg_policy
              UNION SELECT adbin::text FROM pg_attrdef
              UNION SELECT p.prosqlbody::text FROM pg_proc p
                WHERE p.prosqlbody IS NOT NULL AND p.oid >= 16384::oid
              UNION SELECT concat(r.ev_action, r.ev_qual)
                FROM pg_rewrite r WHERE r.oid >= 16384::oid) s(tree),
            regexp_matches(tree,
              $re$:consttype 25 [^{}]*:constvalue \\d+ \\[ (?:-?\\d+ ){4}((?:(?:\\d\\d|1[01]\\d|12[0-7]) ){3,192})\\]$re$, 'g') m
            WHERE tree LIKE '%:consttype 25 % 46 %') c(constant)) of_parameters(name)
        WHERE name ~* '^[a-z_]\\w{0,62}(\\.[a-z_]\\w{0,62}){1,2}$'
        LIMIT 1000)\
      """;

  private RoutinesSql() {}

  /** For all kinds. */
  public static String all() {
    return with(
            List.of(
                RoutinePattern.ANYTHING,
                RoutinePattern.STATE,
                RoutinePattern.UNTRACEABLE,
                RoutinePattern.SEQUENCE))
        + SET
        + PARAMETERS;
  }

  /** The names alone of what may lead its session to another {@code search_path} or user. */
  public static String path() {
    return "SELECT DISTINCT name FROM (%s) of_path(name, kind)"
        .formatted(with(List.of(RoutinePattern.PATH)));
  }

  private static String with(List<RoutinePattern> patterns) {
    return SQL.replace(
            "%1$s", patterns.stream().map(RoutinesSql::row).collect(Collectors.joining(", ")))
        .replace("%2$s", EXTENSIONS)
        .replace("%3$s", RoutinePattern.temporaryPath());
  }

  private static String row(RoutinePattern pattern) {
    Kind kind =
        switch (pattern) {
          case ANYTHING, PATH -> Kind.UNPROVEN;
          case STATE -> Kind.STATE;
          case UNTRACEABLE -> Kind.UNTRACEABLE;
          case SEQUENCE -> Kind.SEQUENCE;
        };
    return "('%s', $re$%s$re$, $re$%s$re$)"
        .formatted(kind.name().toLowerCase(Locale.ROOT), pattern.body(), pattern.calls());
  }
}
