package dev.tenantgate.migrator.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands before a PostgreSQL as a pooler in transaction mode does: few server connections, lent for
 * a transaction, or for a session where so made; a process id of its own for each client. Knows
 * simple queries alone, and needs no passwords. Thread-safe.
 */
public final class TransactionPooler implements AutoCloseable {

  private final ServerSocket listening;
  private final int serverPort;
  private final String database;
  private final boolean sessions;
  private final BlockingDeque<Server> idle = new LinkedBlockingDeque<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final AtomicInteger clients = new AtomicInteger(1_000_000);

  /** A connection to the server, logged in. */
  private record Server(Socket socket, DataInputStream in, DataOutputStream out) {}

  /**
   * Begins to listen on a free port of the loopback address.
   *
   * @param servers how many connections to the server there are
   * @param sessions whether each is a client's until that has gone
   */
  public TransactionPooler(TestDatabase database, int servers, boolean sessions) {
    this.serverPort = database.server().port();
    this.database = database.name();
    this.sessions = sessions;
    try {
      listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      for (int i = 0; i < servers; i++) {
        idle.addFirst(login());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    inBackground(this::accept);
  }

  public int port() {
    return listening.getLocalPort();
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private void inBackground(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException | InterruptedException e) {
                // That is how connections end, and the listening too.
                open.removeIf(Socket::isClosed);
              }
            },
            "transaction-pooler");
    thread.setDaemon(true);
    thread.start();
  }

  private static DataInputStream input(Socket socket) throws IOException {
    return new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  /** A message leaves as a whole: in pieces, each would wait for the other side to confirm one. */
  private static DataOutputStream output(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    return new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
  }

  private Server login() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), serverPort);
    open.add(socket);
    Server server = new Server(socket, input(socket), output(socket));
    byte[] words =
        ("user\0postgres\0database\0" + database + "\0client_encoding\0UTF8\0\0").getBytes(UTF_8);
    server.out.writeInt(words.length + 8);
    server.out.writeInt(3 << 16);
    server.out.write(words);
    server.out.flush();
    while (server.in.readByte() != 'Z') {
      server.in.skipNBytes(server.in.readInt() - 4L);
    }
    server.in.skipNBytes(server.in.readInt() - 4L);
    return server;
  }

  private void accept() throws IOException {
    while (!listening.isClosed()) {
      Socket client = listening.accept();
      open.add(client);
      inBackground(() -> serve(client));
    }
  }

  private void serve(Socket client) throws IOException, InterruptedException {
    DataInputStream in = input(client);
    DataOutputStream out = output(client);
    byte[] start = new byte[in.readInt() - 4];
    in.readFully(start);
    out.write(greeting());
    out.flush();
    Server lent = null;
    try (client) {
      while (true) {
        int type = in.readByte();
        byte[] body = new byte[in.readInt() - 4];
        in.readFully(body);
        if (type == 'X') {
          return;
        }
        Server server = lent == null ? idle.takeFirst() : lent;
        lent = server;
        server.out.writeByte(type);
        server.out.writeInt(body.length + 4);
        server.out.write(body);
        server.out.flush();
        if (answer(server, out) == 'I' && !sessions) {
          idle.addFirst(server);
          lent = null;
        }
      }
    } finally {
      if (lent != null) {
        idle.addFirst(lent);
      }
    }
  }

  private byte[] greeting() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    message(out, 'R', new byte[4]);
    message(out, 'S', "server_version\00018.0\0".getBytes(UTF_8));
    message(out, 'S', "client_encoding\0UTF8\0".getBytes(UTF_8));
    message(out, 'S', "standard_conforming_strings\0on\0".getBytes(UTF_8));
    ByteArrayOutputStream key = new ByteArrayOutputStream();
    new DataOutputStream(key).writeLong(((long) clients.incrementAndGet() << 32) | 7);
    message(out, 'K', key.toByteArray());
    message(out, 'Z', new byte[] {'I'});
    return bytes.toByteArray();
  }

  private static void message(DataOutputStream out, char type, byte[] body) throws IOException {
    out.writeByte(type);
    out.writeInt(body.length + 4);
    out.write(body);
  }

  /** Passes an answer on; says in which state it leaves the transaction. */
  private static int answer(Server server, DataOutputStream out) throws IOException {
    while (true) {
      byte type = server.in.readByte();
      byte[] body = new byte[server.in.readInt() - 4];
      server.in.readFully(body);
      message(out, (char) type, body);
      if (type == 'Z') {
        out.flush();
        return body[0];
      }
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
