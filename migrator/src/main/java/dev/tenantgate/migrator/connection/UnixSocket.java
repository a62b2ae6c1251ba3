package dev.tenantgate.migrator.connection;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A Unix-domain socket with the shape of a {@link Socket}, as much of it as the driver uses. The
 * JDK has such sockets as channels only. Options of TCP have no effect. One thread may read while
 * another writes and a third closes.
 */
// Socket locks its own state with these methods. Here the fields are volatile, and close must not
// wait for a connect that holds the lock.
@SuppressWarnings("UnsynchronizedOverridesSynchronized")
final class UnixSocket extends Socket {

  private final Path file;
  private volatile @Nullable UnixStreams streams;
  private volatile @Nullable StartupStreams startup;
  private volatile int readTimeoutMillis;
  private volatile boolean closed;

  UnixSocket(Path file) {
    this.file = file;
  }

  @Override
  public void connect(SocketAddress ignored) throws IOException {
    connect(ignored, 0);
  }

  /** Connects to the file. The kernel does so at once, or says why not. */
  @Override
  public synchronized void connect(SocketAddress ignored, int timeoutMillis) throws IOException {
    if (closed) {
      throw new SocketException("the socket is closed");
    }
    try {
      UnixStreams opened = UnixStreams.connect(UnixDomainSocketAddress.of(file));
      opened.timeout(() -> readTimeoutMillis);
      startup = new StartupStreams(opened.in(), opened.out());
      streams = opened;
    } catch (IOException e) {
      // As the driver has it of a server that isn't there: it tells which one.
      throw new ConnectException(file + ": " + e.getMessage());
    }
  }

  private StartupStreams connected() throws IOException {
    StartupStreams connected = startup;
    if (connected == null) {
      throw new SocketException("the socket is not connected");
    }
    return connected;
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return connected().fromServer();
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return connected().toServer();
  }

  @Override
  public void close() throws IOException {
    closed = true;
    UnixStreams open = streams;
    if (open != null) {
      open.close();
    }
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public boolean isConnected() {
    return streams != null;
  }

  @Override
  public void shutdownOutput() throws IOException {
    UnixStreams open = streams;
    if (open != null) {
      open.shutdownOutput();
    }
  }

  @Override
  public void setSoTimeout(int millis) {
    readTimeoutMillis = millis;
  }

  @Override
  public int getSoTimeout() {
    return readTimeoutMillis;
  }

  @Override
  public @Nullable InetAddress getInetAddress() {
    return null;
  }

  @Override
  public void bind(@Nullable SocketAddress ignored) {}

  @Override
  public void setTcpNoDelay(boolean on) {}

  @Override
  public boolean getTcpNoDelay() {
    return true;
  }

  @Override
  public void setKeepAlive(boolean on) {}

  @Override
  public boolean getKeepAlive() {
    return false;
  }

  @Override
  public void setSendBufferSize(int bytes) {}

  @Override
  public int getSendBufferSize() {
    return UnixStreams.BUFFER_BYTES;
  }

  @Override
  public void setReceiveBufferSize(int bytes) {}

  @Override
  public int getReceiveBufferSize() {
    return UnixStreams.BUFFER_BYTES;
  }

  @Override
  public void setSoLinger(boolean on, int seconds) {}

  @Override
  public String toString() {
    return "UnixSocket[" + file + "]";
  }
}
