package dev.tenantgate.gateway.testing.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client that sends what a test has it send. Confined to a test's thread. */
public final class ScriptedClient extends Peer {

  private final Wire wire;
  private final List<Frame> received = new ArrayList<>();
  private int process;
  private byte[] key = new byte[0];
  private @Nullable ScriptedServer server;

  ScriptedClient(Wire wire, WireChannel channel, Splitting splitting) {
    super(channel, splitting);
    this.wire = wire;
  }

  /** Sends messages in one piece. */
  public ScriptedClient sends(String... messages) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String message : messages) {
      all.writeBytes(FrontendNotation.encode(message));
    }
    return sendsBytes(all.toByteArray());
  }

  /** Sends bytes of any kind. */
  public ScriptedClient sendsBytes(byte... bytes) {
    send(bytes);
    wire.settle();
    return this;
  }

  /** It has got these messages, and nothing besides, since it was last looked. */
  public ScriptedClient gets(String... messages) {
    wire.settle();
    List<String> actual = new ArrayList<>();
    for (int i = 0; i < received.size(); i++) {
      String message = BackendNotation.show(received.get(i));
      boolean fits = i < messages.length && BackendNotation.matches(messages[i], message);
      actual.add(fits ? messages[i] : message);
    }
    received.clear();
    assertThat(actual).as("what the client gets").containsExactly(messages);
    return this;
  }

  /** The last message that it gets before the end is this one, whatever it got before. */
  public void endsWith(String message) {
    assertThat(isEndedByGateway()).as("ended by the gateway").isTrue();
    List<String> all = unread();
    assertThat(all).as("what the client gets").isNotEmpty();
    assertThat(all.get(all.size() - 1)).as("the client's last message").startsWith(message);
    received.clear();
  }

  /** Takes all that it has got. */
  public List<String> takesAll() {
    wire.settle();
    List<String> all = unread();
    received.clear();
    return all;
  }

  public ScriptedClient getsNothing() {
    return gets();
  }

  /** A field of the only message that it has got, which is an error or a notice. */
  public String getsReport(char field) {
    wire.settle();
    assertThat(received).as("what the client gets").hasSize(1);
    return BackendNotation.field(received.remove(0), field);
  }

  /**
   * Sends messages that the server sees as they are, and gets the server's answers as they are.
   *
   * @param messages separated by {@code " & "}
   */
  public ScriptedClient runs(String messages, String... answers) {
    String[] each = messages.split(" & ", -1);
    sends(each);
    server().sees(each).says(answers);
    return gets(answers);
  }

  /** The backend that its messages come to. */
  public ScriptedServer server() {
    wire.settle();
    ScriptedServer found = wire.serverOf(server);
    server = found;
    return found;
  }

  void servedBy(ScriptedServer own) {
    server = own;
  }

  /** What it was told to be its process. */
  public int process() {
    return process;
  }

  /** Sends a CancelRequest, on a connection of its own. */
  public void cancels() {
    cancelsWith(key);
  }

  /** Sends a CancelRequest that is nobody's. */
  public void cancelsWithAnotherKey() {
    byte[] other = key.clone();
    other[other.length - 1]++;
    cancelsWith(other);
  }

  private void cancelsWith(byte[] with) {
    wire.stranger()
        .sendsBytes(
            ByteBuffer.allocate(8 + with.length)
                .putInt(8 + with.length)
                .putInt(80877102)
                .put(with)
                .array());
  }

  /** Closes its connection. */
  public void leaves() {
    close();
    wire.settle();
  }

  /** Whether the gateway has ended the connection. */
  public boolean isEndedByGateway() {
    wire.settle();
    return isEnded();
  }

  /** Takes nothing more, or goes on taking. */
  public void stalls(boolean value) {
    channel().stall(value);
    wire.settle();
  }

  /** Whether the gateway reads what it sends. */
  public boolean isRead() {
    wire.settle();
    return channel().isReading();
  }

  /** What it was sent and no test has looked at. */
  List<String> unread() {
    return received.stream().map(BackendNotation::show).toList();
  }

  /** Sends a StartupMessage. */
  void startsUp(Map<String, String> parameters) {
    StringBuilder text = new StringBuilder();
    parameters.forEach((name, value) -> text.append(name).append('\0').append(value).append('\0'));
    byte[] body = FrontendNotation.bytes(text.toString(), "\0");
    sendsBytes(
        ByteBuffer.allocate(8 + body.length)
            .putInt(8 + body.length)
            .putInt(3 << 16)
            .put(body)
            .array());
  }

  /** It has been let in, and may begin. */
  public ScriptedClient isIn() {
    wire.settle();
    List<String> shown = unread();
    assertThat(shown).as("what the client is told at its login").last().isEqualTo("Z I");
    return readsKey();
  }

  /** It has been let in, and waits. */
  public ScriptedClient readsKey() {
    for (Frame frame : received) {
      if (frame.type() == 'K') {
        process = ByteBuffer.wrap(frame.body()).getInt();
        key = frame.body();
      }
    }
    received.clear();
    return this;
  }

  @Override
  boolean noticesEnd() {
    return true;
  }

  @Override
  int parse(byte[] bytes) {
    return Frame.parse(bytes, received);
  }
}
