package dev.tenantgate.migrator.connection;

import dev.tenantgate.config.NetworkAddress;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * One address of one host of {@code database.url}.
 *
 * @param host the host and the port, as the settings have them
 * @param address null for a Unix-domain socket, and for a name that can't be resolved
 */
public record ServerPlace(NetworkAddress host, @Nullable InetAddress address) {

  /** With the address, where the host is a name. */
  @Override
  public String toString() {
    InetAddress known = address;
    return known == null || known.getHostAddress().equals(host.host())
        ? host.toString()
        : "%s (%s)".formatted(host, known.getHostAddress());
  }
}
