package dev.tenantgate.migrator.connection;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes the driver's sockets, which carry {@link StartupStreams}. Public since the driver makes it,
 * by its name. Immutable.
 */
public final class StartupSocketFactory extends SocketFactory {

  private final @Nullable InetAddress address;

  /**
   * Made by the driver, to which a host is a name.
   *
   * @param address the one of its addresses that sockets go to, {@code socketFactoryArg}; null
   *     where they go wherever the driver says, which is no address either if the name has none
   */
  public StartupSocketFactory(@Nullable String address) {
    try {
      this.address = address == null ? null : InetAddress.getByName(address);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Override
  public Socket createSocket() {
    return new StartupSocket(address);
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return connected(new InetSocketAddress(host, port), null);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return connected(
        new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return connected(new InetSocketAddress(host, port), null);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return connected(
        new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
  }

  private Socket connected(InetSocketAddress wanted, @Nullable InetSocketAddress local)
      throws IOException {
    Socket socket = new StartupSocket(address);
    try {
      if (local != null) {
        socket.bind(local);
      }
      socket.connect(wanted);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static final class StartupSocket extends Socket {

    private final @Nullable InetAddress address;
    private @Nullable StartupStreams streams;

    StartupSocket(@Nullable InetAddress address) {
      this.address = address;
    }

    @Override
    public void connect(SocketAddress endpoint) throws IOException {
      connect(endpoint, 0);
    }

    @Override
    public void connect(SocketAddress endpoint, int timeoutMillis) throws IOException {
      boolean forced = address != null && endpoint instanceof InetSocketAddress;
      super.connect(
          forced
              ? new InetSocketAddress(address, ((InetSocketAddress) endpoint).getPort())
              : endpoint,
          timeoutMillis);
    }

    private synchronized StartupStreams streams() throws IOException {
      StartupStreams made = streams;
      if (made == null) {
        made = new StartupStreams(super.getInputStream(), super.getOutputStream());
        streams = made;
      }
      return made;
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return streams().fromServer();
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      return streams().toServer();
    }
  }
}
