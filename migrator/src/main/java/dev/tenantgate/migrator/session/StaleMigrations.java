package dev.tenantgate.migrator.session;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.connection.DriverProperties;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leftovers at the server of a migrator that was cut off in the middle of a migration: its
 * transaction can't commit once the schema's lease is another's, but keeps its locks until the
 * server notices. The lease's next holder ends such a transaction where it stands in its way.
 *
 * <p>It is known by this: it is a migrator's, has locks in the schema, and began before the lease
 * was taken. Of {@code public} that may be true of a tenant's migration as well, whose tables refer
 * to it; so there it is left alone while any other lease is in force. Stateless.
 */
final class StaleMigrations {

  private static final Logger LOG = LoggerFactory.getLogger(StaleMigrations.class);

  /** insufficient_privilege, undefined_function, feature_not_supported. */
  private static final Set<String> IN_VAIN = Set.of("42501", "42883", "0A000");

  private static final String END =
      """
      SELECT a.pid, pg_catalog.pg_terminate_backend(a.pid) \
      FROM tenantgate.lease l JOIN pg_catalog.pg_stat_activity a ON a.pid = ANY (?) \
      WHERE l.schema_name = ? AND l.holder IS NOT NULL \
      AND a.datname = pg_catalog.current_database() AND a.application_name = '%s' \
      AND a.xact_start < l.acquired_at \
      AND EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n \
      JOIN pg_catalog.pg_locks k ON k.pid = a.pid AND k.database = a.datid AND k.granted \
      LEFT JOIN pg_catalog.pg_class c ON c.oid = k.relation \
      WHERE n.nspname = l.schema_name AND (c.relnamespace = n.oid \
      OR (k.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND k.objid = n.oid))) \
      AND (l.schema_name <> 'public' OR NOT EXISTS (SELECT 1 FROM tenantgate.lease o \
      WHERE o.schema_name <> l.schema_name AND o.holder IS NOT NULL \
      AND o.expires_at > pg_catalog.clock_timestamp()))\
      """
          .formatted(DriverProperties.APPLICATION);

  /**
   * Ends those that are among these.
   *
   * @param schema whose lease is held, by the one that they are in the way of
   * @param processes at the server
   */
  void endAmong(Connection connection, SchemaRef schema, Collection<Integer> processes)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(END)) {
      statement.setArray(1, connection.createArrayOf("int4", processes.toArray()));
      statement.setString(2, schema.schema());
      try (ResultSet ended = statement.executeQuery()) {
        while (ended.next()) {
          LOG.atWarn()
              .addKeyValue("schema", schema)
              .addKeyValue("backend", ended.getInt(1))
              .addKeyValue("ended", ended.getBoolean(2))
              .log("a migration that has lost its lease is ended, for it is in the way");
        }
      }
    } catch (SQLException e) {
      if (!IN_VAIN.contains(String.valueOf(e.getSQLState()))) {
        throw e;
      }
      LOG.atDebug().setCause(e).log("a migration that has lost its lease can't be ended");
    }
  }
}
