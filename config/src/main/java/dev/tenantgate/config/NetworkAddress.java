package dev.tenantgate.config;

/**
 * A host (name, IPv4 or IPv6 address without brackets) and a TCP port; port 0 asks for a free one.
 */
public record NetworkAddress(String host, int port) {

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
