package dev.tenantgate.gateway.testing.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A frontend: sends the messages that a test names in the {@linkplain FrontendNotation frontend's
 * notation}, and shows the answers in the {@linkplain BackendNotation backend's}. Its bytes go to
 * the gateway by the transport of its class. Confined to a test's thread.
 *
 * @param <C> its class
 */
public abstract class Client<C extends Client<C>> {

  private byte[] key = new byte[0];

  /** The class that it has. */
  abstract C self();

  /** Sends bytes of any kind, in one piece. */
  public abstract C sendsBytes(byte... bytes);

  /** The messages to hold against these: not fewer, but where one differs or none is left. */
  abstract List<Frame> take(String... expected);

  /** Sends messages in one piece. */
  public final C sends(String... messages) {
    return sendsBytes(FrontendNotation.encode(messages));
  }

  /** Sends messages that the notation has no word for. */
  public final C sends(Frame... messages) {
    return sendsBytes(Frame.encode(messages));
  }

  /** Sends a StartupMessage for protocol 3.0. */
  public final C startsUp(Map<String, String> parameters) {
    return sendsBytes(FrontendNotation.startup(parameters));
  }

  /** Sends a StartupMessage for any protocol. */
  public final C startsUp(int version, Map<String, String> parameters) {
    return sendsBytes(FrontendNotation.startup(version, parameters));
  }

  /** It gets these messages next, and nothing besides. */
  public final C gets(String... messages) {
    List<Frame> taken = take(messages);
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < taken.size(); i++) {
      Frame frame = taken.get(i);
      boolean fits = i < messages.length && BackendNotation.matches(messages[i], frame);
      shown.add(fits ? messages[i] : BackendNotation.show(frame));
    }
    assertThat(shown).as("what the client gets").containsExactly(messages);
    return self();
  }

  /** Keeps the key of a message that has one. */
  final void keep(Frame frame) {
    if (frame.type() == 'K') {
      key = frame.body();
    }
  }

  /** The process that it was told to be served by. */
  public final int process() {
    return ByteBuffer.wrap(key).getInt();
  }

  /** The process and the secret that a CancelRequest of its has to name. */
  public final byte[] key() {
    return key.clone();
  }

  /** A key that is nobody's. */
  public final byte[] wrongKey() {
    byte[] wrong = key.clone();
    wrong[wrong.length - 1]++;
    return wrong;
  }
}
