package dev.tenantgate.migrator.connection;

import dev.tenantgate.config.NetworkAddress;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Properties;
import javax.net.SocketFactory;

/**
 * Makes the driver's sockets to a server's Unix-domain socket. The driver resolves a host and
 * connects to it; both are of no account here. Public since the driver makes it, by its name.
 * Immutable.
 */
public final class UnixSocketFactory extends SocketFactory {

  private final Path file;

  /**
   * Made by the driver.
   *
   * @param file the socket's file, {@code socketFactoryArg}
   */
  public UnixSocketFactory(String file) {
    this.file = Path.of(file);
  }

  /** Has the driver connect to a socket. */
  static void useIn(Properties properties, NetworkAddress address) {
    properties.setProperty("socketFactory", UnixSocketFactory.class.getName());
    properties.setProperty("socketFactoryArg", address.socketFile());
  }

  @Override
  public Socket createSocket() {
    return new UnixSocket(file);
  }

  @Override
  public Socket createSocket(String host, int port) {
    return createSocket();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
    return createSocket();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    return createSocket();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) {
    return createSocket();
  }
}
