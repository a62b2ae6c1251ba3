package dev.tenantgate.gateway.resource;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/**
 * Clients of one kind of attack, and what they were told. Confined to its test's thread, but for
 * the threads of those whose bytes nobody takes.
 */
final class Attack implements AutoCloseable {

  private final SmallGateway gateway;
  private final String mode;
  private final List<SocketClient> clients = new ArrayList<>();
  private final UnreadClients unread = new UnreadClients();
  private final List<String> refusals = new ArrayList<>();

  Attack(SmallGateway gateway, String mode) {
    this.gateway = gateway;
    this.mode = mode;
  }

  /** Drives the gateway to a bound. */
  interface Drive {
    void run(Attack attack) throws IOException;
  }

  /** SQLSTATEs that clients were told, each once for each time. */
  List<String> refusals() {
    return refusals;
  }

  /** So many, or fewer where each has a backend of its own. */
  int many(int pooled, int each) {
    return mode.equals("session") ? each : pooled;
  }

  SocketClient client() throws IOException {
    SocketClient client = gateway.client("postgres");
    clients.add(client);
    return client;
  }

  /** So many clients send that, and read nothing of its answer. */
  void unread(int count, String messages) {
    gateway.unread(unread, count, FrontendNotation.encode(messages));
  }

  SocketClient stranger() throws IOException {
    SocketClient client = gateway.stranger();
    clients.add(client);
    return client;
  }

  /** Sends, and waits for the answer to it all. */
  void exchange(SocketClient client, String... messages) throws IOException {
    client.sends(messages);
    for (Frame message : client.readUntil('Z')) {
      if (message.type() == 'E') {
        refusals.add(message.field('C'));
      }
    }
  }

  /** Sends what is perhaps never taken. */
  void sendAside(SocketClient client, String messages) {
    sendAside(client, FrontendNotation.encode(messages));
  }

  /** Sends what is perhaps never taken. */
  void sendAside(SocketClient client, byte[] bytes) {
    Thread sender =
        new Thread(
            () -> {
              try {
                client.sendsBytes(bytes);
              } catch (UncheckedIOException e) {
                // It was ended, or the test is over.
              }
            },
            "sender");
    sender.setDaemon(true);
    sender.start();
  }

  /** Waits until so much of something is used: it has been driven to where it is bounded. */
  void awaitUsed(String of, int bytes) {
    Awaitility.await()
        .untilAsserted(() -> assertThat(gateway.usage().used(of)).as(of).isGreaterThan(bytes));
  }

  // ---- messages

  /** The beginning of a message, whose length says more. */
  static byte[] part(char type, int announced, int sent) {
    return ByteBuffer.allocate(5 + sent).put((byte) type).putInt(announced).array();
  }

  /** Messages of numbers, in one. */
  static String all(int from, int to, IntFunction<String> message) {
    return IntStream.range(from, to).mapToObj(message).collect(joining(" & "));
  }

  @Override
  public void close() throws IOException {
    for (SocketClient client : clients) {
      client.close();
    }
    unread.close();
  }
}
