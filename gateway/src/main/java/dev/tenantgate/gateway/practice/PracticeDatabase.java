package dev.tenantgate.gateway.practice;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers as a PostgreSQL server does, as far as the gateway's own questions and the {@link
 * Exercise exercises} go. It listens on the loopback interface, on a port of its own.
 *
 * <p>Its sockets block and each has a thread: Netty's code is left to the gateway, so that the
 * compiler sees it used as the gateway uses it. Thread-safe.
 */
final class PracticeDatabase implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PracticeDatabase.class);

  private final ServerSocket listening;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private PracticeDatabase(ServerSocket listening) {
    this.listening = listening;
  }

  static PracticeDatabase start() throws IOException {
    PracticeDatabase database =
        new PracticeDatabase(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    PracticeThreads.start("database", database::accept);
    return database;
  }

  int port() {
    return listening.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listening.accept();
        socket.setTcpNoDelay(true);
        open.add(socket);
        PracticeThreads.start("backend", () -> serve(socket));
      }
    } catch (IOException e) {
      log.trace("The practice's database is closed", e);
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      new PracticeBackend(socket).serve();
    } catch (IOException e) {
      log.trace("A practice's connection has ended", e);
    } finally {
      open.remove(socket);
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
