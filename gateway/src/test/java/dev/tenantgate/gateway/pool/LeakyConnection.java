package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.prepared.GatewayNames;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a gateway and its server, and makes it leak: of the paths that the gateway
 * restores, it gets every twentieth wrong by a tenant.
 */
final class LeakyConnection implements AutoCloseable {

  private static final byte[] RESTORES =
      (GatewayNames.prefix() + "set\0").getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TENANT = "tenant_t".getBytes(StandardCharsets.US_ASCII);

  private final ServerSocket server;
  private final int target;
  private final AtomicInteger restored = new AtomicInteger();

  LeakyConnection(int target) throws IOException {
    this.target = target;
    this.server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket in = server.accept();
        Socket out = new Socket(InetAddress.getLoopbackAddress(), target);
        in.setTcpNoDelay(true);
        out.setTcpNoDelay(true);
        start(() -> pass(in, out, true));
        start(() -> pass(out, in, false));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void pass(Socket from, Socket to, boolean leaking) {
    byte[] bytes = new byte[64 * 1024];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
        if (leaking) {
          leak(bytes, length);
        }
        out.write(bytes, 0, length);
      }
    } catch (IOException e) {
      // The other side hung up.
    }
  }

  private void leak(byte[] bytes, int length) {
    int at = find(bytes, 0, length, RESTORES);
    int tenant = at < 0 ? -1 : find(bytes, at, Math.min(length, at + 80), TENANT);
    int digit = tenant + TENANT.length + 2;
    if (tenant >= 0 && digit < length && restored.incrementAndGet() % 20 == 0) {
      bytes[digit] = (byte) (bytes[digit] == '9' ? '0' : bytes[digit] + 1);
    }
  }

  private static int find(byte[] bytes, int from, int to, byte[] wanted) {
    for (int at = from; at + wanted.length <= to; at++) {
      int same = 0;
      while (same < wanted.length && bytes[at + same] == wanted[same]) {
        same++;
      }
      if (same == wanted.length) {
        return at;
      }
    }
    return -1;
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "leaky-connection");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
