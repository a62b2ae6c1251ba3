package dev.tenantgate.migrator.connection;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes the driver's sockets, which carry {@link StartupStreams}. Public since the driver makes it,
 * by its name. Stateless.
 */
public final class StartupSocketFactory extends SocketFactory {

  @Override
  public Socket createSocket() {
    return new StartupSocket();
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

  private static Socket connected(InetSocketAddress address, @Nullable InetSocketAddress local)
      throws IOException {
    Socket socket = new StartupSocket();
    try {
      if (local != null) {
        socket.bind(local);
      }
      socket.connect(address);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static final class StartupSocket extends Socket {

    private @Nullable StartupStreams streams;

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
