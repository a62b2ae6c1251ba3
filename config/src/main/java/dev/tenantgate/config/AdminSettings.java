package dev.tenantgate.config;

import java.util.List;

/**
 * The admin port ({@code admin.*}).
 *
 * @param address where it listens. Default {@code 127.0.0.1:9640}.
 * @param hosts the names by which it may be called besides IP addresses and {@code localhost}: in
 *     the headers Host and Origin. Default none.
 */
public record AdminSettings(NetworkAddress address, List<String> hosts) {

  public AdminSettings {
    hosts = List.copyOf(hosts);
  }

  /** Called by its addresses alone. */
  public AdminSettings(NetworkAddress address) {
    this(address, List.of());
  }
}
