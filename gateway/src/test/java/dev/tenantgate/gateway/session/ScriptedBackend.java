package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.testing.wire.BackendNotation;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * A backend that does what no PostgreSQL would: it lets anybody in, and then follows a script.
 * Serves every connection in the same way, those of the gateway's own account among them.
 */
final class ScriptedBackend implements AutoCloseable {

  /** Its part once the client is in. */
  @FunctionalInterface
  interface Script {
    void run(DataInputStream in, OutputStream out) throws IOException;
  }

  /** Its part from a connection's first byte on. */
  @FunctionalInterface
  interface Conversation {
    void with(Socket socket) throws IOException;
  }

  private final ServerSocket server;

  private ScriptedBackend(Conversation conversation) throws IOException {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    start(() -> accept(conversation));
  }

  ScriptedBackend(Script script) throws IOException {
    this(
        socket -> {
          DataInputStream in = new DataInputStream(socket.getInputStream());
          in.readNBytes(in.readInt() - 4);
          script.run(in, socket.getOutputStream());
        });
  }

  /** One that reads the first packet itself: a request for encryption, a cancel request. */
  static ScriptedBackend fromTheFirstByte(Conversation conversation) throws IOException {
    return new ScriptedBackend(conversation);
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept(Conversation conversation) {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        start(() -> serve(socket, conversation));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private static void serve(Socket socket, Conversation conversation) {
    try (socket) {
      conversation.with(socket);
    } catch (IOException e) {
      // The gateway hung up, as it may.
    }
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "scripted-backend");
    thread.setDaemon(true);
    thread.start();
  }

  static byte[] authenticationOk() {
    return BackendNotation.encode("R");
  }

  static byte[] searchPath(String value) {
    return BackendNotation.encode("S search_path=" + value);
  }

  static byte[] ready() {
    return BackendNotation.encode("Z I");
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
