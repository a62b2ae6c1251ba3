package dev.tenantgate.migrator.connection;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Properties;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.postgresql.ssl.DefaultJavaSSLFactory;
import org.postgresql.ssl.LibPQFactory;
import org.postgresql.util.PSQLException;

/**
 * Makes the driver's TLS sockets as the driver would, with {@link StartupStreams} in them: over TLS
 * the StartupMessage is seen nowhere else. Public since the driver makes it, by its name.
 * Immutable.
 */
public final class StartupTlsFactory extends SSLSocketFactory {

  private final SSLSocketFactory factory;

  /**
   * Made by the driver.
   *
   * @param properties those of the connection: without {@code sslrootcert}, what is to be verified
   *     is by the authorities that the system trusts
   */
  public StartupTlsFactory(Properties properties) throws PSQLException {
    String mode = properties.getProperty("sslmode", "");
    boolean bySystem = mode.startsWith("verify-") && properties.getProperty("sslrootcert") == null;
    factory = bySystem ? new DefaultJavaSSLFactory(properties) : new LibPQFactory(properties);
  }

  private Socket wrapped(Socket socket) {
    return new StartupTlsSocket((SSLSocket) socket, factory);
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return factory.getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return factory.getSupportedCipherSuites();
  }

  @Override
  public Socket createSocket(Socket plain, String host, int port, boolean autoClose)
      throws IOException {
    return wrapped(factory.createSocket(plain, host, port, autoClose));
  }

  @Override
  public Socket createSocket() throws IOException {
    return wrapped(factory.createSocket());
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return wrapped(factory.createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return wrapped(factory.createSocket(host, port, localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return wrapped(factory.createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return wrapped(factory.createSocket(host, port, localHost, localPort));
  }
}
