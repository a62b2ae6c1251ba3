package dev.tenantgate.gateway.pool;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands before a server and keeps CancelRequests back until it is told otherwise, as a server does
 * that is too busy to look at them. Everything else goes through at once. Thread-safe.
 */
final class CancelStall implements AutoCloseable {

  private static final int CANCEL_REQUEST = 80877102;

  private final ServerSocket listener;
  private final int target;
  private final CountDownLatch released = new CountDownLatch(1);
  private final AtomicInteger kept = new AtomicInteger();

  CancelStall(int target) throws IOException {
    this.listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    this.target = target;
    start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** How many requests have come so far. */
  int requests() {
    return kept.get();
  }

  /** Requests reach the server from now on, those first that were kept back. */
  void release() {
    released.countDown();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        start(() -> serve(client));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
      DataInputStream in = new DataInputStream(client.getInputStream());
      byte[] first = new byte[in.readInt()];
      ByteBuffer.wrap(first).putInt(first.length);
      in.readFully(first, 4, first.length - 4);
      if (ByteBuffer.wrap(first).getInt(4) == CANCEL_REQUEST) {
        kept.incrementAndGet();
        released.await();
      }
      server.setTcpNoDelay(true);
      client.setTcpNoDelay(true);
      server.getOutputStream().write(first);
      start(() -> copy(in, server));
      pump(server.getInputStream(), client.getOutputStream());
    } catch (IOException e) {
      // Either side has ended.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void copy(InputStream in, Socket to) {
    try {
      pump(in, to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // The other direction ends it.
    }
  }

  private static void pump(InputStream in, OutputStream out) throws IOException {
    in.transferTo(out);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "cancel-stall");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    release();
  }
}
