package dev.tenantgate.gateway.routines;

/**
 * Tells whether anybody has defined something in a database, by how often rows were written to the
 * catalogs in which names are looked up: relations, types, functions, operators, casts, schemas.
 * The server counts them ({@code track_counts}), and tells of them within ten seconds or so. Costs
 * a few looks into shared memory.
 */
public final class CatalogWrites {

  /** Answered by one number, as text; it may be null. */
  public static final String SQL =
      """
      SELECT pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(c.id) \
      OPERATOR(pg_catalog.+) pg_catalog.pg_stat_get_tuples_updated(c.id))::pg_catalog.text \
      FROM (VALUES ('pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_operator'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_cast'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_namespace'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_trigger'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_rewrite'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_event_trigger'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_policy'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_attrdef'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_index'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_inherits'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_amop'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_amproc'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_conversion'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_foreign_server'::pg_catalog.regclass::pg_catalog.oid), \
      ('pg_catalog.pg_statistic_ext'::pg_catalog.regclass::pg_catalog.oid)) c(id)\
      """;

  private CatalogWrites() {}
}
