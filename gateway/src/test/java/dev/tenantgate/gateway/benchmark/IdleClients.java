package dev.tenantgate.gateway.benchmark;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Clients that have logged in, are ready, and say nothing; of many tenants where the pooler lets
 * them. Confined to one thread.
 */
final class IdleClients implements AutoCloseable {

  private static final int PROTOCOL_3 = 3 << 16;
  private static final byte READY_FOR_QUERY = 'Z';
  private static final byte ERROR_RESPONSE = 'E';

  private final Pooler pooler;
  private final List<Socket> sockets = new ArrayList<>();

  IdleClients(Pooler pooler) {
    this.pooler = pooler;
  }

  /** Opens so many more. */
  void open(int number) throws IOException {
    for (int i = 0; i < number; i++) {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), pooler.port());
      sockets.add(socket);
      // Of the one tenant whose pool is as large as the gateway's: others would need a backend
      // each.
      logIn(socket, 1);
    }
  }

  private void logIn(Socket socket, int tenant) throws IOException {
    StringBuilder parameters = new StringBuilder();
    parameter(parameters, "user", pooler.user());
    parameter(parameters, "database", pooler.database(tenant));
    for (Map.Entry<String, String> each : pooler.environment(tenant).entrySet()) {
      parameter(parameters, each.getKey().equals("PGOPTIONS") ? "options" : "", each.getValue());
    }
    byte[] body = parameters.append('\0').toString().getBytes(StandardCharsets.UTF_8);
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    byte[] message = new byte[8 + body.length];
    System.arraycopy(body, 0, message, 8, body.length);
    java.nio.ByteBuffer.wrap(message).putInt(message.length).putInt(PROTOCOL_3);
    out.write(message);
    out.flush();
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte type;
    do {
      type = in.readByte();
      byte[] answer = in.readNBytes(in.readInt() - 4);
      if (type == ERROR_RESPONSE) {
        throw new IOException(new String(answer, StandardCharsets.UTF_8).replace('\0', ' '));
      }
    } while (type != READY_FOR_QUERY);
  }

  private static void parameter(StringBuilder into, String name, String value) {
    into.append(name).append('\0').append(value).append('\0');
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    sockets.clear();
  }
}
