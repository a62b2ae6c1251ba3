package dev.tenantgate.gateway.testing.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client of a scenario: knows when everything was said, and which backend its messages reach. */
public final class ScriptedClient extends Client<ScriptedClient> {

  private final Wire wire;
  private final End end;
  private final List<Frame> received = new ArrayList<>();
  private @Nullable ScriptedServer server;

  ScriptedClient(Wire wire, WireChannel channel, Splitting splitting) {
    this.wire = wire;
    this.end = new End(channel, splitting);
  }

  /** Its end of the channel. */
  private final class End extends Peer {

    private End(WireChannel channel, Splitting splitting) {
      super(channel, splitting);
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

  @Override
  ScriptedClient self() {
    return this;
  }

  Peer end() {
    return end;
  }

  @Override
  public ScriptedClient sendsBytes(byte... bytes) {
    end.send(bytes);
    wire.settle();
    return this;
  }

  /** All that it has got since it was last looked. */
  @Override
  List<Frame> take(String... expected) {
    wire.settle();
    List<Frame> all = List.copyOf(received);
    received.clear();
    return all;
  }

  /** The last message that it gets before the end is this one, whatever it got before. */
  public void endsWith(String message) {
    assertThat(isEndedByGateway()).as("ended by the gateway").isTrue();
    List<String> all = takesAll();
    assertThat(all).as("what the client gets").isNotEmpty();
    assertThat(all.get(all.size() - 1)).as("the client's last message").startsWith(message);
  }

  /** Takes all that it has got. */
  public List<String> takesAll() {
    return take().stream().map(BackendNotation::show).toList();
  }

  public ScriptedClient getsNothing() {
    return gets();
  }

  /** A field of the only message that it has got, which is an error or a notice. */
  public String getsReport(char field) {
    List<Frame> all = take();
    assertThat(all).as("what the client gets").hasSize(1);
    return all.get(0).field(field);
  }

  /**
   * Sends messages that the server sees as they are, and gets the server's answers as they are.
   *
   * @param messages separated by {@code " & "}
   */
  public ScriptedClient runs(String messages, String... answers) {
    sends(messages);
    server().sees(messages.split(" & ", -1)).says(answers);
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

  /** Sends a CancelRequest, on a connection of its own, which ends once that is carried out. */
  public void cancels() {
    ScriptedClient canceller = wire.stranger();
    canceller.sendsBytes(FrontendNotation.cancelRequest(key()));
    assertThat(canceller.isEndedByGateway()).as("the CancelRequest is carried out").isTrue();
  }

  /** Sends a CancelRequest that is nobody's. */
  public void cancelsWithAnotherKey() {
    wire.stranger().sendsBytes(FrontendNotation.cancelRequest(wrongKey()));
  }

  /** Closes its connection. */
  public void leaves() {
    end.close();
    wire.settle();
  }

  /** Whether the gateway has ended the connection. */
  public boolean isEndedByGateway() {
    wire.settle();
    return end.isEnded();
  }

  /** The gateway has stopped in the middle of a message, as it had to. */
  public void forgetsPartOfAMessage() {
    end.forgetPartial();
  }

  /** Takes nothing more, or goes on taking. */
  public void stalls(boolean value) {
    end.channel().stall(value);
    wire.settle();
  }

  /** Whether the gateway reads what it sends. */
  public boolean isRead() {
    wire.settle();
    return end.channel().isReading();
  }

  /** The messages to it that no test has looked at. */
  private List<String> unread() {
    return received.stream().map(BackendNotation::show).toList();
  }

  /** A test has looked at all that it was sent. */
  void isDone() {
    assertThat(unread()).as("unread by a client").isEmpty();
    assertThat(end.partial()).as("part of a message to a client").isZero();
  }

  /** It has been let in, and may begin. */
  public ScriptedClient isIn() {
    wire.settle();
    assertThat(unread()).as("what the client is told at its login").last().isEqualTo("Z I");
    return readsKey();
  }

  /** It has been let in, and waits. */
  public ScriptedClient readsKey() {
    take().forEach(this::keep);
    return this;
  }
}
