package dev.tenantgate.migrator.rehearsal;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.session.MigrationFailedException;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import dev.tenantgate.migrator.survey.TenantName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A short-lived schema, in which migrations are tried out that can't share a transaction. It is
 * committed, and dropped in the end. Changes outside of it aren't committed. Stateless.
 */
public final class ScratchSchema {

  private static final Logger LOG = LoggerFactory.getLogger(ScratchSchema.class);

  /** SQLSTATE of what would change something outside. */
  static final String OUTSIDE = "TG004";

  /**
   * Fails a transaction that changes anything outside of the schema, before its commit: by the
   * locks that it holds, by the rows of catalogs that it wrote. A foreign key to an outside table
   * leaves nothing behind, and is permitted.
   */
  private static final String GUARD =
      """
      DECLARE catalog pg_catalog.text; found pg_catalog.bool := false;
      scratch pg_catalog.oid :=
        (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = %1$s);
      own pg_catalog.int4 := pg_catalog.age(pg_catalog.pg_current_xact_id_if_assigned()::xid);
      BEGIN
      IF own IS NOT NULL AND (
        EXISTS (SELECT 1 FROM pg_catalog.pg_locks l
          LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation
          LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation'
          AND l.database <> 0 AND l.mode IN
            ('RowExclusiveLock', 'ShareLock', 'ExclusiveLock', 'AccessExclusiveLock')
          AND (CASE WHEN c.oid IS NULL THEN l.relation < scratch
            ELSE c.relkind IN ('r', 'p', 'm', 'v', 'f') AND n.oid <> scratch
            AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' END))
        OR EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n
          WHERE pg_catalog.age(n.xmin) <= own AND n.nspname !~ '^pg_')
        OR EXISTS (SELECT 1 FROM pg_catalog.pg_proc p
          WHERE pg_catalog.age(p.xmin) <= own AND p.pronamespace <> scratch
          AND p.pronamespace <> pg_catalog.pg_my_temp_schema())
        OR EXISTS (SELECT 1 FROM pg_catalog.pg_type t
          WHERE pg_catalog.age(t.xmin) <= own AND t.typnamespace <> scratch
          AND t.typnamespace <> pg_catalog.pg_my_temp_schema()
          AND t.typnamespace <> 'pg_toast'::pg_catalog.regnamespace)
        OR EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t
          JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
          WHERE pg_catalog.age(t.xmin) <= own AND NOT t.tgisinternal
          AND c.relnamespace <> scratch AND c.relnamespace <> pg_catalog.pg_my_temp_schema()))
      THEN found := true; END IF;
      FOREACH catalog IN ARRAY ARRAY['pg_extension', 'pg_authid',
        'pg_auth_members', 'pg_language', 'pg_db_role_setting', 'pg_database', 'pg_cast',
        'pg_event_trigger', 'pg_publication', 'pg_subscription', 'pg_foreign_server',
        'pg_user_mapping', 'pg_foreign_data_wrapper', 'pg_largeobject_metadata'] LOOP
        IF own IS NOT NULL AND NOT found
            AND pg_catalog.has_table_privilege('pg_catalog.' || catalog, 'SELECT') THEN
          EXECUTE 'SELECT EXISTS (SELECT 1 FROM pg_catalog.' || catalog
            || ' c WHERE pg_catalog.age(c.xmin) <= $1)' INTO found USING own;
        END IF;
      END LOOP;
      IF found THEN RAISE EXCEPTION USING ERRCODE = '%2$s', MESSAGE =
        'it changes something outside of its schema, and isn''t tried with a commit';
      END IF; END\
      """;

  /** One that is older was left by a process that is gone. */
  private static final Duration OLDEST = Duration.ofHours(1);

  private ScratchSchema() {}

  /** The work in it. */
  public interface Work<T> {

    /**
     * Does it.
     *
     * @param alone runs migrations there
     */
    T in(SchemaRef scratch, EachAlone alone) throws SQLException, MigrationFailedException;
  }

  /** A name that no other has. */
  public static SchemaRef newName() {
    return new SchemaRef(
        TenantName.SCRATCH
            + Instant.now().getEpochSecond()
            + "_"
            + UUID.randomUUID().toString().substring(0, 8),
        "");
  }

  /** Whether a schema is such a one. */
  static boolean isOne(String schema) {
    return schema.startsWith(TenantName.SCRATCH);
  }

  /**
   * Makes one, works in it, and takes it away.
   *
   * @throws MigrationFailedException if a migration fails
   * @throws SQLException if the connection is lost, or the account may not make schemas
   */
  public static <T> T with(Sessions sessions, WorkerSession session, Work<T> work)
      throws SQLException, MigrationFailedException {
    removeThoseLeft(sessions, session);
    SchemaRef scratch = newName();
    session.send("CREATE SCHEMA " + SqlIdentifier.quote(scratch.schema()));
    try {
      return work.in(scratch, new EachAlone(sessions, session, scratch, guard(scratch.schema())));
    } finally {
      remove(sessions, session, scratch);
    }
  }

  private static void remove(Sessions sessions, WorkerSession session, SchemaRef scratch) {
    try {
      session.abandonTransaction();
      SchemaRemoval.drop(session, scratch, sessions.script(scratch));
    } catch (SQLException e) {
      LOG.atWarn()
          .addKeyValue("schema", scratch)
          .addKeyValue("error", session.failure(e).text())
          .log("a schema for trying out migrations is left; the next try takes it away");
    }
  }

  private static void removeThoseLeft(Sessions sessions, WorkerSession session)
      throws SQLException {
    long oldest = Instant.now().minus(OLDEST).getEpochSecond();
    List<String> left =
        session.query(
            """
            SELECT nspname FROM pg_catalog.pg_namespace \
            WHERE nspname ~ '^%s[0-9]{9,10}_' AND pg_catalog.pg_get_userbyid(nspowner) = current_user \
            AND CAST(pg_catalog.substring(nspname, '[0-9]+') AS bigint) < %d\
            """
                .formatted(TenantName.SCRATCH, oldest),
            results -> {
              List<String> names = new ArrayList<>();
              try (ResultSet rows = results.next()) {
                while (rows.next()) {
                  names.add(rows.getString(1));
                }
              }
              return names;
            });
    left.forEach(name -> remove(sessions, session, new SchemaRef(name, "")));
  }

  private static String guard(String schema) {
    String body = GUARD.formatted(SqlIdentifier.literal(schema), OUTSIDE);
    return "DO " + SqlIdentifier.literal(body);
  }
}
