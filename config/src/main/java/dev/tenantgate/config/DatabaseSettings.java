package dev.tenantgate.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The server, the gated database and the gateway's own account ({@code database.*}).
 *
 * @param host the server's host, from {@code database.url}; or the directory of its Unix-domain
 *     socket
 * @param port the server's port, from {@code database.url}
 * @param database the gated database, from {@code database.url}
 * @param user the gateway's own account, from {@code database.url}
 * @param password its password, from {@code database.url}, {@code database.password} or {@code
 *     database.password-file}; null when the server asks for none
 * @param sslMode the TLS mode, in libpq's words, of the gateway's own connections; with a CA,
 *     {@code allow}, {@code prefer} and {@code require} are {@code verify-ca}. Default {@code
 *     prefer}.
 * @param ca certificate authority of the server: PEM text or the path of a PEM file; null takes the
 *     system's
 * @param others connections to other databases of that server. Default {@code reject}.
 * @param replication replication connections, physical and logical ones. Default {@code reject}.
 * @param maxConnections the gateway's own connections. Default 10.
 * @param connectTimeout how long connecting to the server may take. Default 10s.
 * @param outageTimeout how long a transaction that hasn't begun, or a login, waits for a server
 *     that can't be reached; 0 is not at all. Default 30s.
 * @param dnsRefresh how often the names of hosts are resolved anew; 0 is when a connection fails,
 *     and at no other time. Default 15s.
 * @param furtherAddresses the other hosts of {@code database.url}, in their order
 * @param target which of the hosts is wanted, from {@code database.url}. Default {@code any}.
 * @param tcp how soon a server that is gone without a word is noticed, on clients' connections
 */
public record DatabaseSettings(
    String host,
    int port,
    String database,
    String user,
    @Nullable String password,
    String sslMode,
    @Nullable String ca,
    PassOrReject others,
    PassOrReject replication,
    int maxConnections,
    Duration connectTimeout,
    Duration outageTimeout,
    Duration dnsRefresh,
    List<NetworkAddress> furtherAddresses,
    TargetSession target,
    TcpSettings tcp) {

  /** The default of {@code database.dns-refresh}. */
  public static final Duration DEFAULT_DNS_REFRESH = Duration.ofSeconds(15);

  /** The default of {@code database.outage-timeout}. */
  public static final Duration DEFAULT_OUTAGE_TIMEOUT = Duration.ofSeconds(30);

  public DatabaseSettings {
    DatabaseKeys.MAX_CONNECTIONS.require(maxConnections);
    DatabaseKeys.CONNECT_TIMEOUT.require(connectTimeout);
    DatabaseKeys.OUTAGE_TIMEOUT.require(outageTimeout);
    DatabaseKeys.DNS_REFRESH.require(dnsRefresh);
    furtherAddresses = List.copyOf(furtherAddresses);
  }

  /**
   * The same with the defaults of {@code database.outage-timeout} and {@code database.dns-refresh}.
   */
  public DatabaseSettings(
      String host,
      int port,
      String database,
      String user,
      @Nullable String password,
      String sslMode,
      @Nullable String ca,
      PassOrReject others,
      PassOrReject replication,
      int maxConnections,
      Duration connectTimeout) {
    this(
        host,
        port,
        database,
        user,
        password,
        sslMode,
        ca,
        others,
        replication,
        maxConnections,
        connectTimeout,
        DEFAULT_OUTAGE_TIMEOUT,
        DEFAULT_DNS_REFRESH,
        List.of(),
        TargetSession.ANY,
        TcpSettings.DEFAULT);
  }

  /**
   * Whether connections by these settings lead to the same servers, and are made in the same way,
   * as those by others. The account doesn't matter.
   */
  public boolean leadsWhere(DatabaseSettings other) {
    return addresses().equals(other.addresses())
        && target == other.target
        && sslModeInForce().equals(other.sslModeInForce())
        && Objects.equals(ca, other.ca);
  }

  /** Whether the gateway's own connections are made alike by both. */
  public boolean connectsAs(DatabaseSettings other) {
    return leadsWhere(other)
        && user.equals(other.user)
        && Objects.equals(password, other.password)
        && connectTimeout.equals(other.connectTimeout);
  }

  /** The same with one host alone. */
  public DatabaseSettings at(NetworkAddress address) {
    return new DatabaseSettings(
        address.host(),
        address.port(),
        database,
        user,
        password,
        sslMode,
        ca,
        others,
        replication,
        maxConnections,
        connectTimeout,
        outageTimeout,
        dnsRefresh,
        List.of(),
        TargetSession.ANY,
        tcp);
  }

  /** The first host. */
  public NetworkAddress address() {
    return new NetworkAddress(host, port);
  }

  /** All hosts, in their order. */
  public List<NetworkAddress> addresses() {
    List<NetworkAddress> all = new ArrayList<>();
    all.add(address());
    all.addAll(furtherAddresses);
    return List.copyOf(all);
  }

  /**
   * The TLS mode in force, in libpq's words. A CA that is given is there to be checked against, as
   * libpq does too where TLS is required; the modes that would make do without TLS are those of
   * somebody who said nothing. A Unix-domain socket has no TLS, whatever the mode is.
   */
  public String sslModeInForce() {
    if (address().isUnixSocket()) {
      return "disable";
    }
    String mode = sslMode.toLowerCase(Locale.ROOT);
    return switch (mode) {
      case "allow", "prefer", "require" -> ca == null ? mode : "verify-ca";
      default -> mode;
    };
  }

  /** Never shows the password. */
  @Override
  public String toString() {
    return "postgresql://" + user + "@" + address() + "/" + database;
  }
}
