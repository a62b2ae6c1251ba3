package dev.tenantgate.migrator.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/**
 * Stands before a PostgreSQL and refuses some queries as a server would that doesn't know them; all
 * else passes. A query that is refused must stand outside of a transaction. Thread-safe.
 */
public final class DenyingProxy implements AutoCloseable {

  private static final int STARTUP_3_0 = 3 << 16;
  private static final int LONGEST_BYTES = 1 << 20;

  private final ServerSocket listening;
  private final int serverPort;
  private final Pattern denied;
  private final List<String> refused = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  /**
   * Begins to listen on a free port of the loopback address.
   *
   * @param serverPort the server's port there
   * @param denied what is found in queries that are refused
   */
  public DenyingProxy(int serverPort, Pattern denied) {
    this.serverPort = serverPort;
    this.denied = denied;
    try {
      listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    inBackground(this::accept);
  }

  public int port() {
    return listening.getLocalPort();
  }

  /** The queries that were refused, in their order. */
  public List<String> refused() {
    return List.copyOf(refused);
  }

  private interface Work {
    void run() throws IOException;
  }

  private void inBackground(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // That is how connections end, and the listening too.
                open.removeIf(Socket::isClosed);
              }
            },
            "denying-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (!listening.isClosed()) {
      Socket client = listening.accept();
      Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      open.add(client);
      open.add(server);
      new Link(client, server).start();
    }
  }

  /** One connection: what its two directions share is the client's stream. */
  private final class Link {

    private final Socket client;
    private final Socket server;

    Link(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void start() {
      inBackground(
          () -> {
            try (client;
                server) {
              forward();
            }
          });
      inBackground(
          () -> {
            try (client;
                server) {
              server.getInputStream().transferTo(client.getOutputStream());
            }
          });
    }

    private void forward() throws IOException {
      DataInputStream in = new DataInputStream(new BufferedInputStream(client.getInputStream()));
      // A message leaves as a whole: in pieces, each would wait for the server to confirm one.
      DataOutputStream out =
          new DataOutputStream(new BufferedOutputStream(server.getOutputStream()));
      byte[] body;
      do {
        body = body(in);
        out.writeInt(body.length + 4);
        out.write(body);
        out.flush();
      } while (code(body) != STARTUP_3_0);
      for (int type = in.read(); type >= 0; type = in.read()) {
        body = body(in);
        String query = new String(body, 0, Math.max(0, body.length - 1), UTF_8);
        if (type == 'Q' && denied.matcher(query).find()) {
          refused.add(query);
          refuse(client.getOutputStream());
        } else {
          out.write(type);
          out.writeInt(body.length + 4);
          out.write(body);
          out.flush();
        }
      }
    }

    private byte[] body(DataInputStream in) throws IOException {
      int length = in.readInt() - 4;
      if (length < 0 || length > LONGEST_BYTES) {
        throw new IOException("a message of " + length + " bytes");
      }
      return in.readNBytes(length);
    }

    private int code(byte[] startup) {
      return startup.length < 4 ? 0 : (startup[0] & 0xff) << 24 | startup[1] << 16;
    }

    /** ErrorResponse and ReadyForQuery, the session idle. */
    private void refuse(OutputStream to) throws IOException {
      ByteArrayOutputStream fields = new ByteArrayOutputStream();
      for (String field : List.of("SERROR", "VERROR", "C0A000", "Munimplemented: not here")) {
        fields.writeBytes(field.getBytes(UTF_8));
        fields.write(0);
      }
      fields.write(0);
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      DataOutputStream data = new DataOutputStream(answer);
      data.writeByte('E');
      data.writeInt(fields.size() + 4);
      fields.writeTo(data);
      data.writeByte('Z');
      data.writeInt(5);
      data.writeByte('I');
      to.write(answer.toByteArray());
    }
  }

  @Override
  public void close() {
    try {
      listening.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
