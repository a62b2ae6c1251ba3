package dev.tenantgate.gateway.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.session.RawClient;
import dev.tenantgate.gateway.session.RawClient.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.awaitility.Awaitility;

/**
 * Clients of one kind of attack, and what they were told. Confined to its test's thread, but for
 * the threads of those whose bytes nobody takes.
 */
final class Attack implements AutoCloseable {

  private final SmallGateway gateway;
  private final String mode;
  private final List<RawClient> clients = new ArrayList<>();
  private final UnreadClients unread = new UnreadClients();
  private final List<String> refusals = new ArrayList<>();

  Attack(SmallGateway gateway, String mode) {
    this.gateway = gateway;
    this.mode = mode;
  }

  /** What drives the gateway to a bound. */
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

  RawClient client() throws IOException {
    RawClient client = gateway.client("postgres");
    clients.add(client);
    return client;
  }

  /** So many clients send that, and read nothing of its answer. */
  void unread(int count, byte[] messages) {
    gateway.unread(unread, count, messages);
  }

  RawClient stranger() throws IOException {
    RawClient client = gateway.stranger();
    clients.add(client);
    return client;
  }

  /** Sends, and waits for the answer to it all. */
  void exchange(RawClient client, byte[]... messages) throws IOException {
    for (byte[] message : messages) {
      client.send(message);
    }
    for (Message message : client.readUntil('Z')) {
      if (message.type() == 'E') {
        refusals.add(message.field('C'));
      }
    }
  }

  /** Sends what is perhaps never taken. */
  void sendAside(RawClient client, byte[] bytes) {
    Thread sender =
        new Thread(
            () -> {
              try {
                client.send(bytes);
              } catch (IOException e) {
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
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(gateway.usage().used(of)).as(of).isGreaterThan(bytes));
  }

  // ---- messages

  static byte[] sync() {
    return RawClient.message('S', new byte[0]);
  }

  static byte[] parse(String name, String sql) {
    return RawClient.message('P', bytes(name + '\0' + sql + "\0\0\0"));
  }

  static byte[] bind(String portal, String statement, String value) {
    byte[] text = bytes(value);
    ByteBuffer body =
        ByteBuffer.allocate(portal.length() + statement.length() + 12 + text.length)
            .put(bytes(portal + '\0' + statement + '\0'))
            .putShort((short) 0)
            .putShort((short) 1)
            .putInt(text.length)
            .put(text)
            .putShort((short) 0);
    return RawClient.message('B', body.array());
  }

  /** The beginning of a message, whose length says more. */
  static byte[] part(char type, int announced, int sent) {
    return ByteBuffer.allocate(5 + sent).put((byte) type).putInt(announced).array();
  }

  /** Messages of numbers, in one. */
  static byte[] all(int from, int to, IntFunction<byte[]> message) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = from; i < to; i++) {
      out.writeBytes(message.apply(i));
    }
    return out.toByteArray();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    for (RawClient client : clients) {
      client.close();
    }
    unread.close();
  }
}
