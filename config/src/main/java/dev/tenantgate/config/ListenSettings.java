package dev.tenantgate.config;

import java.time.Duration;

/**
 * Where applications connect ({@code listen.*}).
 *
 * @param address where the gateway listens. Default {@code 0.0.0.0:6432}.
 * @param transport which of Netty's transports. Default {@code auto}.
 * @param threads event loops; 0 takes one for every two cores. Default 0.
 * @param maxConnections frontends at once; one more is told 53300. Default 20000.
 * @param loginTimeout how long a frontend may take to log in; time spent held does not count.
 *     Default 60s.
 * @param drainTimeout how long transactions may take to end at a shutdown. Default 30s.
 * @param tls whether connections are encrypted
 * @param unixSocket the socket for applications on this machine
 * @param shutdown how it makes room for the next gateway
 * @param tcp how soon a client that is gone without a word is noticed
 */
public record ListenSettings(
    NetworkAddress address,
    Transport transport,
    int threads,
    int maxConnections,
    Duration loginTimeout,
    Duration drainTimeout,
    ListenTls tls,
    UnixSocketSettings unixSocket,
    ShutdownSettings shutdown,
    TcpSettings tcp) {

  public ListenSettings {
    SettingKeys.LISTEN_THREADS.require(threads);
    SettingKeys.LISTEN_MAX_CONNECTIONS.require(maxConnections);
    SettingKeys.LISTEN_LOGIN_TIMEOUT.require(loginTimeout);
    SettingKeys.LISTEN_DRAIN_TIMEOUT.require(drainTimeout);
  }

  /** Without a Unix-domain socket. */
  public ListenSettings(
      NetworkAddress address,
      Transport transport,
      int threads,
      int maxConnections,
      Duration loginTimeout,
      Duration drainTimeout,
      ListenTls tls) {
    this(
        address,
        transport,
        threads,
        maxConnections,
        loginTimeout,
        drainTimeout,
        tls,
        UnixSocketSettings.NONE,
        ShutdownSettings.DEFAULT,
        TcpSettings.DEFAULT);
  }

  /** Netty's transports, the best one that this machine has with {@code AUTO}. */
  public enum Transport {
    AUTO,
    IO_URING,
    EPOLL,
    KQUEUE,
    NIO
  }
}
