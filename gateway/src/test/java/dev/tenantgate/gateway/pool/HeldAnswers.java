package dev.tenantgate.gateway.pool;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The network between a gateway and its server, which keeps the server's answers back where a test
 * wants to know what the gateway sends without having seen them. Thread-safe.
 */
final class HeldAnswers implements AutoCloseable {

  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Object lock = new Object();

  // Guarded by lock.
  private boolean held;
  private final StringBuilder sent = new StringBuilder();

  /** Forwards a free port of loopback to another one. */
  HeldAnswers(int target) throws IOException {
    this.listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    this.target = target;
    start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Nothing that the server says gets through until {@link #letThrough}. */
  void hold() {
    synchronized (lock) {
      held = true;
      sent.setLength(0);
    }
  }

  void letThrough() {
    synchronized (lock) {
      held = false;
      lock.notifyAll();
    }
  }

  /** How often a text has been sent to the server since answers are held. */
  int sent(String text) {
    synchronized (lock) {
      return sent.toString().split(Pattern.quote(text), -1).length - 1;
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
        for (Socket socket : new Socket[] {client, server}) {
          socket.setTcpNoDelay(true);
          sockets.add(socket);
        }
        start(() -> copy(client, server, false));
        start(() -> copy(server, client, true));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void copy(Socket from, Socket to, boolean answers) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[64 * 1024];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        note(new String(buffer, 0, read, StandardCharsets.ISO_8859_1), answers);
        out.write(buffer, 0, read);
      }
    } catch (IOException e) {
      // Both sides end, whichever of them failed.
    }
  }

  private void note(String bytes, boolean answers) {
    synchronized (lock) {
      if (!answers) {
        sent.append(bytes);
      }
      while (answers && held) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "held-answers");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    letThrough();
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
