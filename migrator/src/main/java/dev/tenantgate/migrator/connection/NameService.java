package dev.tenantgate.migrator.connection;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Security;
import java.util.List;

/** Finds the addresses of a host. Thread-safe; blocks. */
@FunctionalInterface
public interface NameService {

  /** The system's: hosts file, search domains, name servers. */
  NameService SYSTEM = host -> List.of(InetAddress.getAllByName(host));

  /**
   * Looks a name up.
   *
   * @return one address or more, in the order in which they are to be tried
   * @throws UnknownHostException if there is none, or nobody could be asked
   */
  List<InetAddress> lookUp(String host) throws UnknownHostException;

  /**
   * Has the JVM ask anew for each name: its own cache would hide a change for 30 s, or for ever.
   * How often names are asked for is {@code database.dns-refresh}. Works before the JVM has looked
   * up any name.
   */
  static void keepNothing() {
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
  }
}
