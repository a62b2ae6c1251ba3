package dev.tenantgate.migrator.testing;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.PassOrReject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A server for unit tests that speaks the simple-query protocol and answers as it was told to: the
 * driver, the pool and all of a run are real, PostgreSQL isn't there. The rule that was added last
 * and fits a statement answers it; a statement without a rule is done without rows.
 */
public final class ScriptedServer implements AutoCloseable {

  private final ServerSocket listener;
  private final List<Rule> rules = new CopyOnWriteArrayList<>();
  private final List<String> sent = new CopyOnWriteArrayList<>();
  private final List<ScriptedSession> sessions = new CopyOnWriteArrayList<>();
  private volatile boolean refusing;

  /** The answer to a statement. */
  public sealed interface Reply {}

  /** Rows of text; a column called {@code at} is a timestamp. */
  public record Rows(List<String> columns, List<List<@Nullable String>> rows) implements Reply {}

  /** An error, at a position of the message or without one. */
  public record Failure(String sqlState, String message, int position) implements Reply {}

  /** An error that ends the session. */
  public record Fatal(String sqlState, String message) implements Reply {}

  /** An UPDATE or DELETE that has found so many rows. */
  public record Changed(int rows) implements Reply {}

  /** No answer: the connection breaks. */
  public record Drop() implements Reply {}

  /** No answer until a cancel request comes. */
  public record Hang() implements Reply {}

  private record Rule(String part, boolean once, Function<String, @Nullable Reply> answer) {}

  /** Starts a server on a free port of this machine. */
  public ScriptedServer() {
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new IllegalStateException("no port to listen on", e);
    }
    Thread thread = new Thread(this::accept, "scripted-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        if (refusing) {
          socket.close();
          continue;
        }
        socket.setTcpNoDelay(true); // else an answer of several writes takes 40 ms
        ScriptedSession session = new ScriptedSession(this, socket);
        sessions.add(session);
        Thread thread = new Thread(session, "scripted-session");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException e) {
        return;
      }
    }
  }

  /** Where the server is, for a migrator. */
  public DatabaseSettings settings() {
    return new DatabaseSettings(
        "localhost",
        listener.getLocalPort(),
        "scripted",
        "postgres",
        null,
        "disable",
        null,
        PassOrReject.REJECT,
        PassOrReject.REJECT,
        8,
        Duration.ofSeconds(2));
  }

  /** Answers each statement that contains a text with rows; the columns are numbered. */
  public ScriptedServer rows(String part, List<List<@Nullable String>> rows) {
    return add(part, false, numbered(rows));
  }

  /** Answers each statement that contains a text with one row. */
  public ScriptedServer row(String part, @Nullable String... values) {
    List<@Nullable String> row = new ArrayList<>();
    for (String value : values) {
      row.add(value);
    }
    List<List<@Nullable String>> rows = new ArrayList<>();
    rows.add(row);
    return rows(part, rows);
  }

  private static Rows numbered(List<List<@Nullable String>> rows) {
    List<String> columns = new ArrayList<>();
    int width = rows.isEmpty() ? 1 : rows.get(0).size();
    for (int i = 1; i <= width; i++) {
      columns.add("c" + i);
    }
    return new Rows(columns, rows);
  }

  /** Answers each statement that contains a text. */
  public ScriptedServer always(String part, Reply reply) {
    return add(part, false, reply);
  }

  /** Answers the next statement that contains a text. */
  public ScriptedServer once(String part, Reply reply) {
    return add(part, true, reply);
  }

  /** Fails the next statement that contains a text. */
  public ScriptedServer fail(String part, String sqlState, String message) {
    return once(part, new Failure(sqlState, message, 0));
  }

  /** Answers each statement that contains a text as a function says; null passes it on. */
  public ScriptedServer answer(String part, Function<String, @Nullable Reply> answer) {
    rules.add(0, new Rule(part, false, answer));
    return this;
  }

  private ScriptedServer add(String part, boolean once, Reply reply) {
    rules.add(0, new Rule(part, once, statement -> reply));
    return this;
  }

  synchronized @Nullable Reply replyTo(String statement) {
    for (Rule rule : List.copyOf(rules)) {
      Reply reply = statement.contains(rule.part) ? rule.answer.apply(statement) : null;
      if (reply != null) {
        if (rule.once) {
          rules.remove(rule);
        }
        return reply;
      }
    }
    return null;
  }

  void received(String message) {
    sent.add(message);
  }

  /** A cancel request came. */
  void cancel() {
    sessions.forEach(ScriptedSession::cancelled);
  }

  /** Every message that came, in order, of all connections. */
  public List<String> sent() {
    return List.copyOf(sent);
  }

  /** The messages that contain a text, in order. */
  public List<String> sent(String part) {
    return sent.stream().filter(message -> message.contains(part)).toList();
  }

  /** Forgets the messages that came. */
  public void forgetSent() {
    sent.clear();
  }

  /** Accepts no connection from now on, and breaks those that there are; or accepts again. */
  public void refuse(boolean all) {
    refusing = all;
    if (all) {
      sessions.forEach(ScriptedSession::close);
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new IllegalStateException("the port can't be closed", e);
    }
    sessions.forEach(ScriptedSession::close);
  }
}
