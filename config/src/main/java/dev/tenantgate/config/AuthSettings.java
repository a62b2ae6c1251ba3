package dev.tenantgate.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How clients prove who they are ({@code auth.*}).
 *
 * @param method who checks them. Default {@code pass-through}: the server does.
 * @param userList users and their secrets in PgBouncer's {@code userlist.txt} format; null where
 *     there is none
 * @param query an auth query, run by the gateway's own account, for users that the list doesn't
 *     have; {@value #DEFAULT_QUERY} stands for one over {@code pg_authid}; null where there is none
 * @param saltSecret what the salts are made from that users get who don't exist; null takes a
 *     random one at each start
 * @param trustBeyondLoopback whether {@code trust} may listen on more than loopback. Default {@code
 *     reject}.
 */
public record AuthSettings(
    Method method,
    @Nullable Path userList,
    @Nullable String query,
    @Nullable String saltSecret,
    PassOrReject trustBeyondLoopback) {

  /** The word that stands for the built-in query. */
  public static final String DEFAULT_QUERY = "default";

  /** The side that checks a client's password. */
  public enum Method {
    PASS_THROUGH,
    SCRAM_SHA_256,
    TRUST
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "AuthSettings[" + method + ", " + userList + "]";
  }
}
