package dev.tenantgate.gateway.benchmark;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The login of a client that is trusted, without a driver. */
final class ClientLogin {

  private static final int PROTOCOL_3 = 3 << 16;
  private static final byte READY_FOR_QUERY = 'Z';
  private static final byte ERROR_RESPONSE = 'E';

  private ClientLogin() {}

  /** Sends the StartupMessage of a client of a tenant. */
  static void begin(Socket socket, Pooler pooler, int tenant) throws IOException {
    StringBuilder parameters = new StringBuilder();
    parameter(parameters, "user", pooler.user());
    parameter(parameters, "database", pooler.database(tenant));
    for (Map.Entry<String, String> each : pooler.environment(tenant).entrySet()) {
      parameter(parameters, each.getKey().equals("PGOPTIONS") ? "options" : "", each.getValue());
    }
    byte[] body = parameters.append('\0').toString().getBytes(StandardCharsets.UTF_8);
    byte[] message = new byte[8 + body.length];
    System.arraycopy(body, 0, message, 8, body.length);
    ByteBuffer.wrap(message).putInt(message.length).putInt(PROTOCOL_3);
    socket.getOutputStream().write(message);
  }

  /**
   * Reads up to the first ReadyForQuery.
   *
   * @throws IOException if the pooler refuses; the message is its ErrorResponse
   */
  static void await(Socket socket) throws IOException {
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
}
