package dev.tenantgate.gateway.testing.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client at a socket, of a gateway or of a server itself. It can't know when everything was said:
 * it waits for as many messages as it is told to, or for those up to a type. Fails where none comes
 * within a minute.
 */
public final class SocketClient extends Client<SocketClient> implements AutoCloseable {

  /** The type of what is read once the gateway has closed the connection. */
  public static final char END = '\0';

  /** The type of what is read once the gateway has reset the connection. */
  public static final char RESET = '!';

  private final Socket socket;
  private final DataInputStream in;
  private @Nullable Frame lastError;

  private SocketClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(60_000);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  /** One that has said nothing yet. */
  public static SocketClient connect(int port) {
    return connect(port, "127.0.0.1");
  }

  /** One that comes from another address of the loopback interface. */
  public static SocketClient connect(int port, String from) {
    try {
      return new SocketClient(
          new Socket(InetAddress.getLoopbackAddress(), port, InetAddress.getByName(from), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One that is logged in as the superuser. */
  public static SocketClient login(int port, String database) {
    return login(port, database, null, Map.of());
  }

  /**
   * One that is logged in.
   *
   * @param searchPath null for none
   * @param others parameters of its StartupMessage, another user perhaps
   */
  public static SocketClient login(
      int port, String database, @Nullable String searchPath, Map<String, String> others) {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("user", "postgres");
    parameters.put("database", database);
    if (searchPath != null) {
      parameters.put("search_path", searchPath);
    }
    parameters.putAll(others);
    SocketClient client = connect(port).startsUp(parameters);
    client.readUntil('Z');
    return client;
  }

  @Override
  SocketClient self() {
    return this;
  }

  @Override
  public SocketClient sendsBytes(byte... bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  @Override
  List<Frame> take(String... expected) {
    List<Frame> taken = new ArrayList<>();
    boolean fits = true;
    try {
      // Behind a message that nobody expected, no more than what is there.
      while (taken.size() < expected.length && (fits || in.available() > 0)) {
        Frame frame = read();
        fits &= BackendNotation.matches(expected[taken.size()], frame);
        taken.add(frame);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return taken;
  }

  /** The next message, of type {@link #END} or {@link #RESET} once there are no more. */
  public Frame read() {
    try {
      int type = in.read();
      if (type < 0) {
        return new Frame(END, new byte[0]);
      }
      Frame frame = Frame.read((char) type, in);
      keep(frame);
      lastError = frame.type() == 'E' ? frame : lastError;
      return frame;
    } catch (SocketException e) {
      return new Frame(RESET, new byte[0]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Messages up to and including the first of that type. */
  public List<Frame> readUntil(char type) {
    List<Frame> frames = new ArrayList<>();
    while (true) {
      Frame frame = read();
      if (isEnd(frame)) {
        throw new UncheckedIOException(
            new EOFException("closed before a '" + type + "' came, after " + Frame.types(frames)));
      }
      frames.add(frame);
      if (frame.type() == type) {
        return frames;
      }
    }
  }

  /** Answers in brief, up to the first of that type. */
  public List<String> until(char type) {
    return until(type, 1);
  }

  /** Answers in brief, up to the n-th of that type. */
  public List<String> until(char type, int times) {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      readUntil(type).forEach(frame -> answers.add(BackendNotation.brief(frame)));
    }
    return answers;
  }

  /** Answers in brief up to one of these words, and the ReadyForQuery behind it. */
  public List<String> until(String answer) {
    List<String> answers = new ArrayList<>();
    while (!answers.contains(answer)) {
      answers.addAll(until('Z'));
    }
    return answers;
  }

  /** Answers in brief until the gateway closes the connection, with spaces between. */
  public String untilEnd() {
    List<String> answers = new ArrayList<>();
    for (Frame frame = read(); !isEnd(frame); frame = read()) {
      answers.add(BackendNotation.brief(frame));
    }
    return String.join(" ", answers);
  }

  private static boolean isEnd(Frame frame) {
    return frame.type() == END || frame.type() == RESET;
  }

  /** Whether the gateway has closed the connection, waiting for what comes next. */
  public boolean isAtEnd() {
    return read().type() == END;
  }

  /** A simple query's answers, in brief. */
  public List<String> query(String sql) {
    return sends("Q " + sql).until('Z');
  }

  /** The only value of a simple query. */
  public String value(String sql) {
    return value(query(sql));
  }

  /** The first row among answers. */
  public static String value(List<String> answers) {
    return answers.stream()
        .filter(answer -> answer.startsWith("D "))
        .findFirst()
        .map(answer -> answer.substring(2))
        .orElse(answers.toString());
  }

  /** A field of the last error. */
  public String errorField(char field) {
    return String.valueOf(lastError == null ? null : lastError.field(field));
  }

  /** Sends a CancelRequest of this session's, and waits until the gateway has taken it. */
  public void cancels() {
    cancel(socket.getPort(), key());
  }

  /** Sends one and waits for nothing. */
  public void cancelsAndHangsUp() {
    try (SocketClient other = connect(socket.getPort())) {
      other.sendsBytes(FrontendNotation.cancelRequest(key()));
    }
  }

  /** Sends a CancelRequest, and waits until the gateway has taken it. */
  public static void cancel(int port, byte[] key) {
    try (SocketClient other = connect(port)) {
      Frame answer = other.sendsBytes(FrontendNotation.cancelRequest(key)).read();
      assertThat(isEnd(answer)).as("a CancelRequest has no answer").isTrue();
    }
  }

  /** Bytes that are no messages. */
  public InputStream in() {
    return in;
  }

  /** A byte that is no message: the answer to a request for encryption. */
  public int readByte() {
    try {
      return in.read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Socket socket() {
    return socket;
  }

  /** Hangs up without the end that TCP knows. */
  public void resets() {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    close();
  }

  /** Hangs up, whatever is going on. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
