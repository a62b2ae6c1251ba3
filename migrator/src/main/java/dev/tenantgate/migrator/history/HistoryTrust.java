package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.HistoryName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;

/**
 * The roles whose histories the migrator may write to. A history runs code with its writer's
 * rights: its triggers, rules, policies, and the functions of its defaults, checks and indexes.
 * Trusted are the account itself, superusers, and the owner of the database, who may have that
 * account do anything in any case. Where both table and schema belong to trusted roles, nothing is
 * looked at. Stateless.
 */
final class HistoryTrust {

  /** To be put before a query that names {@code trusted}. */
  static final String TRUSTED =
      """
      WITH trusted (oids) AS (SELECT ARRAY(
        SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user OR r.rolsuper
        UNION ALL SELECT d.datdba FROM pg_catalog.pg_database d
          WHERE d.datname = pg_catalog.current_database()))
      """;

  /** Whether a table {@code c} or its schema {@code n} is another's. */
  static final String OF_ANOTHER =
      "NOT (c.relowner = ANY ((SELECT oids FROM trusted)::pg_catalog.oid[])"
          + " AND n.nspowner = ANY ((SELECT oids FROM trusted)::pg_catalog.oid[]))";

  /** Functions, and those behind operators and types, that another has made. */
  private static final String FOREIGN_CODE =
      """
      SELECT 1 FROM pg_catalog.pg_depend d
      LEFT JOIN pg_catalog.pg_operator o
        ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
      LEFT JOIN pg_catalog.pg_proc p ON p.oid = COALESCE(o.oprcode::pg_catalog.oid, d.refobjid)
        AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass,
          'pg_catalog.pg_operator'::pg_catalog.regclass)
      LEFT JOIN pg_catalog.pg_type t ON t.oid = d.refobjid
        AND d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
      WHERE NOT COALESCE(p.proowner, t.typowner) = ANY ((SELECT oids FROM trusted)::pg_catalog.oid[])
      """;

  /** The reason not to write to a table {@code c} of a schema {@code n}; NULL if there is none. */
  static final String OBJECTION =
      """
      CASE WHEN NOT %1$s THEN NULL
      WHEN NOT c.relowner = ANY ((SELECT oids FROM trusted)::pg_catalog.oid[])
        THEN 'it belongs to the role ' || pg_catalog.pg_get_userbyid(c.relowner)
      WHEN c.relrowsecurity OR EXISTS (SELECT 1 FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid)
        THEN 'it has policies of row-level security'
      WHEN c.relhasrules THEN 'it has rules'
      WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid
        AND NOT t.tgisinternal) THEN 'it has triggers'
      WHEN EXISTS (%2$s AND d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid IN
          (SELECT a.oid FROM pg_catalog.pg_attrdef a WHERE a.adrelid = c.oid))
        THEN 'a default of it calls what another has made'
      WHEN EXISTS (%2$s AND d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid IN
          (SELECT k.oid FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid))
        THEN 'a check of it calls what another has made'
      WHEN EXISTS (%2$s AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND (d.objid = c.oid
          OR d.objid IN (SELECT i.indexrelid FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid)))
        THEN 'an index or a column of it calls what another has made'
      END\
      """
          .formatted("(" + OF_ANOTHER + ")", FOREIGN_CODE);

  private static final String CLOSER =
      TRUSTED
          + """
          SELECT n.nspname FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relname = 'schema_migrations' AND c.relkind IN ('r', 'p') AND %s
          """
              .formatted(OF_ANOTHER);

  private HistoryTrust() {}

  /** The schemas whose histories have to be looked at, since something of them is another's. */
  static Set<String> ofOthers(Connection connection, HistoryName history) throws SQLException {
    Set<String> schemas = new HashSet<>();
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      try (ResultSet rows = statement.executeQuery(history.in(CLOSER))) {
        while (rows.next()) {
          schemas.add(rows.getString(1));
        }
      }
    }
    return schemas;
  }

  /** Says of a schema's history why it is left alone. */
  static String refusal(HistoryName history, String objection) {
    return "its history %s can't be trusted: %s, which would run code with the"
            .formatted(history, objection)
        + " rights of the gateway's account; take that away, and have the account own the table";
  }
}
