package dev.tenantgate.gateway.session;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A frontend that sends just the bytes it is told to, for what no driver would do. */
public final class RawClient implements AutoCloseable {

  /**
   * A message from the backend.
   *
   * @param type its type
   * @param body without type and length
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  public record Message(char type, byte[] body) {

    /** An error's or a notice's field; empty if it has none of that type. */
    public String field(char wanted) {
      int at = 0;
      while (at < body.length && body[at] != 0) {
        int end = at + 1;
        while (body[end] != 0) {
          end++;
        }
        if (body[at] == wanted) {
          return new String(body, at + 1, end - at - 1, StandardCharsets.UTF_8);
        }
        at = end + 1;
      }
      return "";
    }
  }

  /** No test's message is longer: what says so isn't the protocol. */
  private static final int MOST_BYTES = 256 << 20;

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;

  public RawClient(int port) throws IOException {
    this(port, "127.0.0.1");
  }

  /** One that comes from another address of the loopback interface. */
  public RawClient(int port, String from) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port, InetAddress.getByName(from), 0);
    socket.setSoTimeout(20_000);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out = new DataOutputStream(socket.getOutputStream());
  }

  public OutputStream out() {
    return out;
  }

  /** Bytes that are no messages. */
  public InputStream in() {
    return in;
  }

  public Socket socket() {
    return socket;
  }

  /** A StartupMessage for protocol 3.0. */
  public static byte[] startup(Map<String, String> parameters) {
    return startup(3 << 16, parameters);
  }

  public static byte[] startup(int version, Map<String, String> parameters) {
    StringBuilder text = new StringBuilder();
    parameters.forEach((name, value) -> text.append(name).append('\0').append(value).append('\0'));
    byte[] body = text.append('\0').toString().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + body.length)
        .putInt(8 + body.length)
        .putInt(version)
        .put(body)
        .array();
  }

  /** A message with a type. */
  public static byte[] message(char type, byte[] body) {
    return ByteBuffer.allocate(5 + body.length)
        .put((byte) type)
        .putInt(4 + body.length)
        .put(body)
        .array();
  }

  public static byte[] query(String sql) {
    return message('Q', (sql + '\0').getBytes(StandardCharsets.UTF_8));
  }

  public RawClient send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /** One byte that is no message: the answer to a request for encryption. */
  public int readByte() throws IOException {
    return in.read();
  }

  /** The next message; null once the gateway has closed the connection. */
  public Message read() throws IOException {
    int type;
    try {
      type = in.read();
    } catch (SocketException e) {
      return new Message('!', new byte[0]); // reset
    }
    if (type < 0) {
      return new Message('\0', new byte[0]);
    }
    int length = in.readInt();
    if (length > MOST_BYTES) {
      throw new IOException("no message: '%c' of %d bytes".formatted(type, length));
    }
    byte[] body = new byte[length - 4];
    in.readFully(body);
    return new Message((char) type, body);
  }

  /** Messages up to and including the first of that type. */
  public List<Message> readUntil(char type) throws IOException {
    List<Message> messages = new ArrayList<>();
    while (true) {
      Message message = read();
      if (message.type() == '\0' || message.type() == '!') {
        throw new EOFException("closed before a '" + type + "' came, after " + types(messages));
      }
      messages.add(message);
      if (message.type() == type) {
        return messages;
      }
    }
  }

  public static String types(List<Message> messages) {
    StringBuilder types = new StringBuilder();
    messages.forEach(m -> types.append(m.type()));
    return types.toString();
  }

  /** Whether the gateway has closed the connection, waiting for it. */
  public boolean isAtEnd() throws IOException {
    return read().type() == '\0';
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
