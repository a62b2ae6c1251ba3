package dev.tenantgate.gateway.settings;

import java.util.Set;

/**
 * Which parameters a server reads while it analyses a statement, so that the same text means
 * something else where they are others: how a text is cut into words, how a literal becomes a date,
 * an array or a sum of money. Named here are those that it doesn't read then; all others count.
 */
public final class AnalysisSettings {

  /** Read when a statement is planned or run, or by the session alone. */
  private static final Set<String> LATER =
      Set.of(
          "application_name",
          "check_function_bodies",
          "client_connection_check_interval",
          "client_min_messages",
          "commit_delay",
          "commit_siblings",
          "compute_query_id",
          "constraint_exclusion",
          "cursor_tuple_fraction",
          "default_statistics_target",
          "default_table_access_method",
          "default_tablespace",
          "default_toast_compression",
          "default_transaction_deferrable",
          "default_transaction_isolation",
          "default_transaction_read_only",
          "effective_cache_size",
          "effective_io_concurrency",
          "from_collapse_limit",
          "hash_mem_multiplier",
          "join_collapse_limit",
          "lc_messages",
          "lo_compat_privileges",
          "logical_decoding_work_mem",
          "maintenance_io_concurrency",
          "maintenance_work_mem",
          "max_stack_depth",
          "plan_cache_mode",
          "random_page_cost",
          "seed",
          "seq_page_cost",
          "synchronize_seqscans",
          "synchronous_commit",
          "temp_buffers",
          "temp_file_limit",
          "temp_tablespaces",
          "work_mem");

  /**
   * PostgreSQL itself analyses a statement anew where these are others: they decide which schemas a
   * name is looked up in, which policies hold and which rules are applied.
   */
  private static final Set<String> WATCHED =
      Set.of(
          "search_path",
          "role",
          "session_authorization",
          "row_security",
          "session_replication_role");

  private AnalysisSettings() {}

  /** Whether a text may mean something else where a parameter is another. */
  public static boolean reads(String name) {
    return !WATCHED.contains(name)
        && !LATER.contains(name)
        && !name.endsWith("_timeout")
        && !name.endsWith("_cost")
        && !name.startsWith("enable_")
        && !name.startsWith("geqo")
        && !name.startsWith("jit")
        && !name.startsWith("log_")
        && !name.startsWith("max_parallel_")
        && !name.startsWith("min_parallel_")
        && !name.startsWith("track_")
        && !name.startsWith("transaction_")
        && !name.startsWith("vacuum_")
        && name.indexOf('.') < 0;
  }

  /** The part of some settings that analysis reads. */
  public static SessionSettings of(SessionSettings settings) {
    if (settings.isEmpty()) {
      return SessionSettings.NONE;
    }
    return settings.only(AnalysisSettings::reads);
  }
}
