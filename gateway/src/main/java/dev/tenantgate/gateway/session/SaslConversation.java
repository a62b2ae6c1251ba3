package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.scram.ScramServer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which of its messages a client has to send next, while it logs in. Event-loop confined. */
final class SaslConversation {

  private static final int NO_RESPONSE = -1;

  /** A message of the client's. */
  enum Step {
    /** SASLInitialResponse. */
    INITIAL_RESPONSE,
    /** The first message in a SASLResponse, where the initial response was left out. */
    FIRST_MESSAGE,
    /** The last one. */
    FINAL_MESSAGE,
    /** The client waits for us. */
    NOTHING
  }

  private final List<String> mechanisms;
  private Step next = Step.INITIAL_RESPONSE;
  private String mechanism = ScramServer.MECHANISM;

  /**
   * Begins a conversation.
   *
   * @param canBind whether the client may bind it to its TLS connection
   */
  SaslConversation(boolean canBind) {
    mechanisms =
        canBind
            ? List.of(ScramServer.BINDING_MECHANISM, ScramServer.MECHANISM)
            : List.of(ScramServer.MECHANISM);
  }

  /** The mechanisms that the client is offered, the best first. */
  List<String> mechanisms() {
    return mechanisms;
  }

  /** The client's choice, once its initial response has been read. */
  String mechanism() {
    return mechanism;
  }

  Step next() {
    return next;
  }

  void expect(Step step) {
    next = step;
  }

  static ProtocolViolation outOfTurn() {
    return new ProtocolViolation("unexpected SASL message");
  }

  /**
   * Reads a SASLInitialResponse.
   *
   * @return the response; null if it was left out, and comes next
   * @throws ProtocolViolation if that isn't what it is, or it names a mechanism that wasn't offered
   */
  byte @Nullable [] initialResponse(ByteBuf body) {
    int bytes = body.bytesBefore((byte) 0);
    if (bytes < 0) {
      throw new ProtocolViolation("invalid SASLInitialResponse: the mechanism has no end");
    }
    mechanism = body.readString(bytes, StandardCharsets.UTF_8);
    if (!mechanisms.contains(mechanism)) {
      throw new ProtocolViolation("client selected an invalid SASL authentication mechanism");
    }
    body.skipBytes(1);
    int length = body.readableBytes() < 4 ? Integer.MIN_VALUE : body.readInt();
    if (length == NO_RESPONSE && !body.isReadable()) {
      next = Step.FIRST_MESSAGE;
      return null;
    }
    if (length != body.readableBytes()) {
      throw new ProtocolViolation("invalid SASLInitialResponse: the length doesn't fit");
    }
    return ByteBufUtil.getBytes(body);
  }
}
