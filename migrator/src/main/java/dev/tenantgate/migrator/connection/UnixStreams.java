package dev.tenantgate.migrator.connection;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * The streams of a Unix-domain socket. Reading has a time limit, which blocking channels don't
 * have: so the channel doesn't block, and a selector waits. One thread may read while another
 * writes and a third closes.
 */
final class UnixStreams {

  static final int BUFFER_BYTES = 64 * 1024;

  private final SocketChannel channel;
  private final Selector readable;
  private final Selector writable;
  private volatile IntSupplier timeoutMillis = () -> 0;

  private UnixStreams(SocketChannel channel, Selector readable, Selector writable) {
    this.channel = channel;
    this.readable = readable;
    this.writable = writable;
  }

  static UnixStreams connect(UnixDomainSocketAddress address) throws IOException {
    SocketChannel channel = SocketChannel.open(address);
    try {
      channel.configureBlocking(false);
      Selector readable = Selector.open();
      try {
        channel.register(readable, SelectionKey.OP_READ);
        Selector writable = Selector.open();
        channel.register(writable, SelectionKey.OP_WRITE);
        return new UnixStreams(channel, readable, writable);
      } catch (IOException e) {
        readable.close();
        throw e;
      }
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** How long a read may wait, in milliseconds; 0 for as long as it takes. */
  void timeout(IntSupplier millis) {
    timeoutMillis = millis;
  }

  InputStream in() {
    return new In();
  }

  OutputStream out() {
    return new Out();
  }

  void shutdownOutput() throws IOException {
    channel.shutdownOutput();
  }

  /** Threads that wait in it are woken, and told. */
  void close() throws IOException {
    channel.close();
    readable.close();
    writable.close();
  }

  private int read(ByteBuffer into) throws IOException {
    try {
      int limit = timeoutMillis.getAsInt();
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limit);
      int bytes = channel.read(into);
      while (bytes == 0) {
        long left =
            limit == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime() + 999_999);
        if (limit > 0 && left <= 0) {
          throw new SocketTimeoutException("Read timed out");
        }
        readable.select(left);
        readable.selectedKeys().clear();
        bytes = channel.read(into);
      }
      return bytes;
    } catch (ClosedChannelException | ClosedSelectorException e) {
      throw closed(e);
    }
  }

  private void write(ByteBuffer from) throws IOException {
    try {
      while (channel.write(from) == 0 && from.hasRemaining()) {
        writable.select();
        writable.selectedKeys().clear();
      }
    } catch (ClosedChannelException | ClosedSelectorException e) {
      throw closed(e);
    }
  }

  private static SocketException closed(Exception cause) {
    SocketException closed = new SocketException("Socket closed");
    closed.initCause(cause);
    return closed;
  }

  private final class In extends InputStream {

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return length == 0 ? 0 : UnixStreams.this.read(ByteBuffer.wrap(bytes, offset, length));
    }

    @Override
    public void close() throws IOException {
      UnixStreams.this.close();
    }
  }

  private final class Out extends OutputStream {

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      ByteBuffer from = ByteBuffer.wrap(bytes, offset, length);
      while (from.hasRemaining()) {
        UnixStreams.this.write(from);
      }
    }

    @Override
    public void close() throws IOException {
      UnixStreams.this.close();
    }
  }
}
