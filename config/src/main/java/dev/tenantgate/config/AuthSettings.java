package dev.tenantgate.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Who clients are ({@code auth.*}).
 *
 * @param method who checks them. Default {@code pass-through}: the server does.
 * @param userList users and their secrets in PgBouncer's {@code userlist.txt} format; null where
 *     there is none
 * @param query an auth query, run by the gateway's own account; null where there is none
 */
public record AuthSettings(Method method, @Nullable Path userList, @Nullable String query) {

  /** Who checks a client's password. */
  public enum Method {
    PASS_THROUGH,
    SCRAM_SHA_256,
    TRUST
  }
}
