package dev.tenantgate.config;

import dev.tenantgate.config.UnixSocketSettings.PeerName;
import java.nio.file.Path;
import java.util.List;
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
 * @param unixSocketMethod how clients of {@code listen.unix-socket} prove who they are. Default
 *     {@code same}.
 * @param peerMap the roles that users of the operating system may be; empty for those of their own
 *     names
 */
public record AuthSettings(
    Method method,
    @Nullable Path userList,
    @Nullable String query,
    @Nullable String saltSecret,
    PassOrReject trustBeyondLoopback,
    UnixSocketMethod unixSocketMethod,
    List<PeerName> peerMap) {

  public AuthSettings {
    peerMap = List.copyOf(peerMap);
  }

  /** The same for clients of every socket. */
  public AuthSettings(
      Method method,
      @Nullable Path userList,
      @Nullable String query,
      @Nullable String saltSecret,
      PassOrReject trustBeyondLoopback) {
    this(
        method, userList, query, saltSecret, trustBeyondLoopback, UnixSocketMethod.SAME, List.of());
  }

  /** The word that stands for the built-in query. */
  public static final String DEFAULT_QUERY = "default";

  /** The side that checks a client's password. */
  public enum Method {
    PASS_THROUGH,
    SCRAM_SHA_256,
    TRUST
  }

  /** The check of clients of a Unix-domain socket. */
  public enum UnixSocketMethod {
    /** As those of other sockets. */
    SAME,
    /** The operating system says who they are. */
    PEER
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "AuthSettings[" + method + ", " + userList + "]";
  }
}
