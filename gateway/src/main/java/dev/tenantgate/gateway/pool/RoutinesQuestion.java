package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.scan.RoutineNames;
import dev.tenantgate.gateway.scan.UnpoolableRoutines;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a backend which of the database's functions may leave in a session what can't be pooled, or
 * read of a sequence what was left there, and what leads to these: other functions, views, rules,
 * defaults, policies; triggers, by the tables that they are on, those that cascade to these, and
 * those that these are partitions of. Where no body mentions anything of the kind, nothing but the
 * bodies is looked at.
 *
 * <p>Functions in C, those that put a command together from pieces, operators, casts, and event
 * triggers are the limits of this. Event-loop confined.
 */
final class RoutinesQuestion extends Reply.Exchange {

  /**
   * Within a body in lower case: what leaves something that the server can't be asked about; also
   * what functions in Python (GD) and Perl (%_SHARED) share with others of the session.
   */
  private static final String UNTRACEABLE =
      """
      \\msetseed\\s*\\(|\\mset\\s+seed\\M\
      |(^|;|'|\\m(begin|then|else|loop)\\M)\\s*load\\s+'\
      |\\mdblink_connect|origin_session_setup\\M|\\mpg_(backup_start|start_backup)\\M\
      |\\mpg_create_(logical|physical)_replication_slot\\M\
      |\\mgd\\s*\\[|[%$]_shared\\M\
      """;

  /**
   * What leaves anything: advisory locks of the session, temporary objects that don't go with the
   * transaction, LISTEN, cursors WITH HOLD, PREPARE.
   */
  private static final String LEAVING =
      """
      pg_(try_)?advisory_lock(_shared)?\\M\
      |\\mcreate\\s+((local|global)\\s+)?temp(orary)?\\M(?![^;]*\\mon\\s+commit\\s+drop\\M)\
      |\\minto\\s+((local|global)\\s+)?temp(orary)?\\M\
      |\\mpg_temp\\w*"?\\s*\\.|\\msearch_path[\\s'",=]+(to\\s+)?['"]*pg_temp\
      |\\mlisten\\s+['"%\\w]\
      |\\mwith\\s+hold\\M\
      |\\mprepare\\s+("[^"]*"|[%\\w]+)\\s*(\\([^)]*\\)\\s*)?as\\M|\\mprepare\\s+'\
      |\
      """
          + UNTRACEABLE;

  /** What reads the last value of a sequence in the session, which may be another client's. */
  private static final String READING = "\\m(lastval|currval)\\M";

  private static final String SQL =
      """
      WITH RECURSIVE routine AS (
        SELECT DISTINCT pg_catalog.lower(p.proname::pg_catalog.text) AS name,
          pg_catalog.lower(pg_catalog.concat(
            pg_catalog.array_to_string(p.proconfig, ' '), ' ',
            CASE WHEN p.prosrc OPERATOR(pg_catalog.=) ''
              THEN pg_catalog.substring(pg_catalog.pg_get_functiondef(p.oid),
                $re$\\m(?:BEGIN ATOMIC|RETURN)\\M.*$re$)
              ELSE p.prosrc END)) AS body
        FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang
        WHERE p.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
          AND l.lanname OPERATOR(pg_catalog.<>) 'internal' AND l.lanname OPERATOR(pg_catalog.<>) 'c'),
      seed AS (
        SELECT name, false AS writes,
          CASE WHEN body OPERATOR(pg_catalog.~) $re$%1$s$re$ THEN 'u' ELSE 'c' END AS kind
        FROM routine
        WHERE body OPERATOR(pg_catalog.~) $re$%2$s$re$
        UNION ALL
        SELECT name, false, 's' FROM routine
        WHERE body OPERATOR(pg_catalog.~) $re$%3$s$re$),
      edge AS (
        SELECT DISTINCT pg_catalog.lower(source::pg_catalog.text) AS source,
          pg_catalog.lower(target::pg_catalog.text) AS target, writes
        FROM (
          SELECT p.proname AS source, c.relname AS target, true AS writes
          FROM pg_catalog.pg_trigger t
          JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) t.tgfoid
          JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.tgrelid
          WHERE NOT t.tgisinternal
          UNION ALL
          SELECT coalesce(p.proname, s.relname), c.relname, r.ev_type OPERATOR(pg_catalog.<>) '1'
          FROM pg_catalog.pg_rewrite r
          JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) r.ev_class
          JOIN pg_catalog.pg_depend d
            ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
            AND d.objid OPERATOR(pg_catalog.=) r.oid
          LEFT JOIN pg_catalog.pg_proc p
            ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND p.oid OPERATOR(pg_catalog.=) d.refobjid
          LEFT JOIN pg_catalog.pg_class s
            ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
            AND s.oid OPERATOR(pg_catalog.=) d.refobjid
          WHERE r.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
          UNION ALL
          SELECT p.proname, c.relname, true
          FROM pg_catalog.pg_attrdef a
          JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) a.adrelid
          JOIN pg_catalog.pg_depend d
            ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass
            AND d.objid OPERATOR(pg_catalog.=) a.oid
            AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
          JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) d.refobjid
          UNION ALL
          SELECT p.proname, c.relname, false
          FROM pg_catalog.pg_policy y
          JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) y.polrelid
          JOIN pg_catalog.pg_depend d
            ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_policy'::pg_catalog.regclass
            AND d.objid OPERATOR(pg_catalog.=) y.oid
            AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
          JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) d.refobjid
          UNION ALL
          SELECT c.relname, p.relname, true
          FROM pg_catalog.pg_inherits i
          JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.inhrelid
          JOIN pg_catalog.pg_class p ON p.oid OPERATOR(pg_catalog.=) i.inhparent
          UNION ALL
          SELECT c.relname, p.relname, true
          FROM pg_catalog.pg_constraint f
          JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) f.conrelid
          JOIN pg_catalog.pg_class p ON p.oid OPERATOR(pg_catalog.=) f.confrelid
          WHERE f.contype OPERATOR(pg_catalog.=) 'f'
            AND pg_catalog.concat(f.confdeltype, f.confupdtype) OPERATOR(pg_catalog.~) '[cnd]') ways
        WHERE EXISTS (SELECT FROM seed)),
      led AS (
        SELECT name, writes, kind FROM seed
        UNION
        SELECT n.name, n.writes, s.kind
        FROM led s CROSS JOIN LATERAL (
          SELECT e.target, e.writes OR s.writes FROM edge e
          WHERE e.source OPERATOR(pg_catalog.=) s.name
          UNION ALL
          SELECT r.name, false FROM routine r
          WHERE pg_catalog.strpos(r.body, s.name) OPERATOR(pg_catalog.>) 0
            AND r.body OPERATOR(pg_catalog.~) pg_catalog.concat('(^|[^a-z0-9_$])',
              pg_catalog.regexp_replace(s.name, '[^a-z0-9_]', '.', 'g'), '([^a-z0-9_$]|$)')
            AND (NOT s.writes
              OR r.body OPERATOR(pg_catalog.~) $re$\\m(insert|update|delete|merge|copy|truncate)\\M$re$)
        ) n(name, writes))
      SELECT name, CASE WHEN NOT writes OR kind OPERATOR(pg_catalog.=) 'u' THEN kind
        WHEN kind OPERATOR(pg_catalog.=) 's' THEN 'r' ELSE 'w' END FROM led
      """
          .replace("%1$s", UNTRACEABLE)
          .replace("%2$s", LEAVING)
          .replace("%3$s", READING);

  private final List<String> called = new ArrayList<>();
  private final List<String> written = new ArrayList<>();
  private final List<String> untraceable = new ArrayList<>();
  private final List<String> reading = new ArrayList<>();
  private final List<String> readingIfWritten = new ArrayList<>();
  private final Consumer<@Nullable UnpoolableRoutines> answered;
  private boolean failed;

  private RoutinesQuestion(Consumer<@Nullable UnpoolableRoutines> answered) {
    super(1);
    this.answered = answered;
  }

  /** Asks; the answer comes once, null if the server has none. */
  static void ask(PooledBackend backend, Consumer<@Nullable UnpoolableRoutines> answered) {
    backend.unnamedIs(null, 0);
    backend.owed().add(new RoutinesQuestion(answered));
    backend.write(FrontendMessage.query(backend.channel().alloc(), SQL));
    backend.flush();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    int bytes = in.getInt(bodyAt + 2);
    String name = in.toString(bodyAt + 6, bytes, StandardCharsets.UTF_8);
    switch (in.getByte(bodyAt + 6 + bytes + 4)) {
      case 'u' -> untraceable.add(name);
      case 'w' -> written.add(name);
      case 's' -> reading.add(name);
      case 'r' -> readingIfWritten.add(name);
      default -> called.add(name);
    }
  }

  @Override
  protected void error(Report report) {
    failed = true;
  }

  @Override
  protected void done() {
    answered.accept(
        failed
            ? null
            : new UnpoolableRoutines(
                RoutineNames.of(called),
                RoutineNames.of(written),
                RoutineNames.of(untraceable),
                RoutineNames.of(reading),
                RoutineNames.of(readingIfWritten)));
  }
}
