package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.session.RawClient;
import dev.tenantgate.gateway.session.RawClient.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A frontend that sends the messages it is told to and shows the answers in short: {@code T},
 * {@code D a|b}, {@code C SELECT 1}, {@code E 42P01}, {@code Z I}.
 */
final class PooledClient implements AutoCloseable {

  private final RawClient raw;
  private final int port;
  private byte[] cancelKey = new byte[0];
  private @Nullable Message lastError;

  PooledClient(int port, String database, @Nullable String searchPath, Map<String, String> others)
      throws IOException {
    this.port = port;
    raw = new RawClient(port);
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("user", "postgres");
    parameters.put("database", database);
    if (searchPath != null) {
      parameters.put("search_path", searchPath);
    }
    parameters.putAll(others);
    raw.send(RawClient.startup(parameters));
    for (Message message : raw.readUntil('Z')) {
      if (message.type() == 'K') {
        cancelKey = message.body();
      }
    }
  }

  /** Sends messages as one write. */
  PooledClient send(byte[]... messages) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] message : messages) {
      all.writeBytes(message);
    }
    raw.send(all.toByteArray());
    return this;
  }

  /** Answers up to the n-th of a type. */
  List<String> until(char type, int times) throws IOException {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      for (Message message : raw.readUntil(type)) {
        lastError = message.type() == 'E' ? message : lastError;
        answers.add(inShort(message));
      }
    }
    return answers;
  }

  /** Answers up to one of these words, and the ReadyForQuery behind it. */
  List<String> until(String answer) throws IOException {
    List<String> answers = new ArrayList<>();
    while (!answers.contains(answer)) {
      answers.addAll(until('Z', 1));
    }
    return answers;
  }

  /** What is said until the gateway closes the connection, with spaces between. */
  String untilEnd() throws IOException {
    List<String> answers = new ArrayList<>();
    Message message = raw.read();
    while (message.type() != '\0' && message.type() != '!') {
      answers.add(inShort(message));
      message = raw.read();
    }
    return String.join(" ", answers);
  }

  /** The process that it was told to be served by. */
  int processId() {
    return ByteBuffer.wrap(cancelKey).getInt();
  }

  /** The next message of a type, without type and length. */
  byte[] lastBodyOf(char type) throws IOException {
    List<Message> messages = raw.readUntil(type);
    return messages.get(messages.size() - 1).body();
  }

  /** A field of the last error. */
  String errorField(char field) {
    return String.valueOf(lastError == null ? null : lastError.field(field));
  }

  /** The next message. */
  Message next() throws IOException {
    return raw.read();
  }

  /** A simple query's answers. */
  List<String> query(String sql) throws IOException {
    return send(RawClient.query(sql)).until('Z', 1);
  }

  /** The only value of a simple query. */
  String value(String sql) throws IOException {
    return value(query(sql));
  }

  /** The first row among answers. */
  static String value(List<String> answers) {
    return answers.stream()
        .filter(answer -> answer.startsWith("D "))
        .findFirst()
        .map(answer -> answer.substring(2))
        .orElse(answers.toString());
  }

  /** Sends a CancelRequest of this session's, and waits until the gateway has taken it. */
  void cancel() throws IOException {
    try (RawClient other = new RawClient(port)) {
      other.send(cancelRequest());
      other.readByte();
    }
  }

  /** Sends one and waits for nothing. */
  void cancelAndHangUp() throws IOException {
    try (RawClient other = new RawClient(port)) {
      other.send(cancelRequest());
    }
  }

  private byte[] cancelRequest() {
    return ByteBuffer.allocate(12 + cancelKey.length - 4)
        .putInt(8 + cancelKey.length)
        .putInt(80877102)
        .put(cancelKey)
        .array();
  }

  static byte[] parse(String name, String sql) {
    return RawClient.message('P', text(name + '\0' + sql + "\0\0\0"));
  }

  static byte[] bind(String name, String... values) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(text('\0' + name + "\0\0\0"));
    body.writeBytes(ByteBuffer.allocate(2).putShort((short) values.length).array());
    for (String value : values) {
      byte[] bytes = text(value);
      body.writeBytes(ByteBuffer.allocate(4).putInt(bytes.length).array());
      body.writeBytes(bytes);
    }
    body.writeBytes(new byte[2]);
    return RawClient.message('B', body.toByteArray());
  }

  static byte[] describe(String name) {
    return RawClient.message('D', text('S' + name + '\0'));
  }

  static byte[] close(String name) {
    return RawClient.message('C', text('S' + name + '\0'));
  }

  static byte[] execute(int rows) {
    return RawClient.message('E', ByteBuffer.allocate(5).put((byte) 0).putInt(rows).array());
  }

  static byte[] execute() {
    return execute(0);
  }

  static byte[] sync() {
    return RawClient.message('S', new byte[0]);
  }

  static byte[] flush() {
    return RawClient.message('H', new byte[0]);
  }

  static byte[] copyData(String rows) {
    return RawClient.message('d', text(rows));
  }

  static byte[] copyDone() {
    return RawClient.message('c', new byte[0]);
  }

  static byte[] copyFail(String why) {
    return RawClient.message('f', text(why + '\0'));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String inShort(Message message) {
    return switch (message.type()) {
      case 'D' -> "D " + row(ByteBuffer.wrap(message.body()));
      case 'C' ->
          "C " + new String(message.body(), 0, message.body().length - 1, StandardCharsets.UTF_8);
      case 'd' -> "d " + new String(message.body(), StandardCharsets.UTF_8).strip();
      case 'E' -> "E " + message.field('C');
      case 'N' -> "N " + message.field('C');
      case 'S' ->
          "S " + new String(message.body(), StandardCharsets.UTF_8).replace('\0', ' ').strip();
      case 'A' -> "A " + notification(ByteBuffer.wrap(message.body()));
      case 'Z' -> "Z " + (char) message.body()[0];
      default -> String.valueOf(message.type());
    };
  }

  private static String notification(ByteBuffer body) {
    int processId = body.getInt();
    String texts = StandardCharsets.UTF_8.decode(body).toString();
    return (processId + " " + texts.replace('\0', ' ')).strip();
  }

  private static String row(ByteBuffer body) {
    List<String> values = new ArrayList<>();
    int columns = body.getShort();
    for (int i = 0; i < columns; i++) {
      int bytes = body.getInt();
      if (bytes < 0) {
        values.add("null");
      } else {
        byte[] value = new byte[bytes];
        body.get(value);
        values.add(new String(value, StandardCharsets.UTF_8));
      }
    }
    return String.join("|", values);
  }

  /** Hangs up without the end that TCP knows. */
  void reset() throws IOException {
    raw.socket().setSoLinger(true, 0);
    raw.close();
  }

  /** Hangs up, whatever is going on. */
  @Override
  public void close() throws IOException {
    raw.close();
  }
}
