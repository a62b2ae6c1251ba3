package dev.tenantgate.gateway.connect;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The words of a server on itself, for {@code target_session_attrs}. Immutable.
 *
 * @param standby whether it is in recovery ({@code in_hot_standby})
 * @param readOnlyByDefault whether its transactions are ({@code default_transaction_read_only})
 */
public record ServerKind(boolean standby, boolean readOnlyByDefault) {

  /** Asks a server that reports neither: one before PostgreSQL 14. */
  static final String QUESTION =
      "SELECT pg_catalog.pg_is_in_recovery(),"
          + " pg_catalog.current_setting('default_transaction_read_only')";

  /** By the parameters that a server has reported; null if it reports no such thing. */
  public static @Nullable ServerKind of(Map<String, String> reported) {
    String standby = reported.get("in_hot_standby");
    return standby == null
        ? null
        : new ServerKind(
            standby.equals("on"), "on".equals(reported.get("default_transaction_read_only")));
  }
}
