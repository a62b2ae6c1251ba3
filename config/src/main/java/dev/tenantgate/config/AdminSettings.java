package dev.tenantgate.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The admin port ({@code admin.*}).
 *
 * @param address where it listens. Default {@code 127.0.0.1:9640}.
 * @param statusAddress where {@code /livez}, {@code /readyz} and {@code /metrics} are answered, and
 *     nothing else; null or the same as the address: there alone. Default none.
 * @param hosts the names by which it may be called besides IP addresses and {@code localhost}: in
 *     the headers Host and Origin. Default none.
 * @param tls whether requests to the address are encrypted
 * @param tokenFile a file of the tokens that requests to the address need; null if they need none.
 *     Default none.
 * @param insecure whether the address may be one that others reach although requests need no token
 *     and aren't encrypted. Default false.
 */
public record AdminSettings(
    NetworkAddress address,
    @Nullable NetworkAddress statusAddress,
    List<String> hosts,
    AdminTls tls,
    @Nullable Path tokenFile,
    boolean insecure) {

  public AdminSettings {
    hosts = List.copyOf(hosts);
    if (address.equals(statusAddress) && address.port() != 0) {
      statusAddress = null;
    }
  }

  /** Called by its addresses alone, on loopback. */
  public AdminSettings(NetworkAddress address) {
    this(address, null, List.of(), AdminTls.DISABLED, null, false);
  }
}
