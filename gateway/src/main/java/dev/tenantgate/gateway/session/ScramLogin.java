package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.auth.Candidate;
import dev.tenantgate.gateway.auth.ClientAuthentication;
import dev.tenantgate.gateway.auth.TooManyLookups;
import dev.tenantgate.gateway.protocol.Authentication;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.LoginFrameDecoder;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.scram.ChannelBinding;
import dev.tenantgate.gateway.scram.ScramException;
import dev.tenantgate.gateway.scram.ScramServer;
import dev.tenantgate.gateway.startup.LoginLimits.Stage;
import dev.tenantgate.gateway.startup.LoginSlot;
import dev.tenantgate.gateway.startup.SessionRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A client's proof to the gateway that it is who it says it is, by SCRAM-SHA-256. Ends the session
 * of a client that can't prove it. Event-loop confined.
 */
final class ScramLogin {

  private final Session session;
  private final SessionState state;
  private final ClientAuthentication authentication;
  private final String user;
  private final BiConsumer<Candidate, ScramServer.Proven> proven;
  private final @Nullable ChannelBinding binding;
  private final SaslConversation conversation;
  private @Nullable Candidate candidate;
  private @Nullable ScramServer exchange;

  /**
   * Prepares it.
   *
   * @param state in which the session waits for the proof
   * @param proven told once the client has proved it; the exchange's last message is written
   */
  ScramLogin(
      SessionState state,
      ClientAuthentication authentication,
      String user,
      BiConsumer<Candidate, ScramServer.Proven> proven) {
    this.session = state.session;
    this.state = state;
    this.authentication = authentication;
    this.user = user;
    this.proven = proven;
    this.binding = session.encryption().channelBinding();
    this.conversation = new SaslConversation(binding != null);
  }

  /** Tells a client that wants more of the protocol than there is. */
  static void negotiate(Session session, SessionRequest request) {
    if (!request.isFullySupported()) {
      session.toFrontend(
          BackendMessage.negotiateProtocolVersion(
              session.frontend().alloc(), request.spokenVersion(), request.protocolOptions()));
    }
  }

  /** Asks the client for its proof. */
  void begin() {
    session.toFrontend(Authentication.sasl(session.frontend().alloc(), conversation.mechanisms()));
    session.frontend().flush();
    session.expectLoginFrames(LoginFrameDecoder.MAX_SASL_LENGTH);
  }

  /**
   * Takes a frame of the client's, if it belongs to this; then it is released.
   *
   * @return whether it did
   */
  boolean take(ByteBuf frame) {
    byte type = frame.getByte(frame.readerIndex());
    if (type != FrontendMessage.PASSWORD && type != FrontendMessage.TERMINATE) {
      return false;
    }
    try {
      if (type == FrontendMessage.TERMINATE) {
        session.end();
      } else {
        message(frame.slice().skipBytes(5));
      }
    } catch (ScramException e) {
      session.end(e.report());
    } finally {
      frame.release();
    }
    return true;
  }

  private void message(ByteBuf body) {
    switch (conversation.next()) {
      case INITIAL_RESPONSE -> {
        byte[] response = conversation.initialResponse(body);
        if (response == null) {
          challenge(new byte[0]); // it wants to be asked for its first message
        } else {
          first(response);
        }
      }
      case FIRST_MESSAGE -> first(ByteBufUtil.getBytes(body));
      case FINAL_MESSAGE -> last(ByteBufUtil.getBytes(body));
      case NOTHING -> throw SaslConversation.outOfTurn();
    }
  }

  private void first(byte[] message) {
    conversation.expect(SaslConversation.Step.NOTHING);
    LoginSlot slot = LoginSlot.of(session.frontend());
    try {
      authentication
          .candidate(user, () -> slot.enter(Stage.LOOKUP))
          .whenCompleteAsync(
              (found, failure) -> {
                slot.leave(Stage.LOOKUP);
                lookedUp(message, found, failure);
              },
              session.frontend().eventLoop());
    } catch (TooManyLookups e) {
      session.turnAway(String.valueOf(e.getMessage()));
    }
  }

  private void lookedUp(byte[] message, @Nullable Candidate found, @Nullable Throwable failure) {
    if (!session.isIn(state)) {
      return;
    }
    if (found == null) {
      session.log().failed(ClientError.LOOKUP, String.valueOf(failure));
      session.endCounted(
          Report.fatal(
                  SqlState.CANNOT_CONNECT_NOW,
                  "the gateway can't look up users' secrets at the moment")
              .withHint("Try again in a moment; the gateway's log has the reason."));
      return;
    }
    try {
      ScramServer server = found.exchange().chosen(binding, conversation.mechanism());
      byte[] answer = server.first(message);
      candidate = found;
      exchange = server;
      conversation.expect(SaslConversation.Step.FINAL_MESSAGE);
      challenge(answer);
    } catch (ScramException e) {
      session.end(e.report());
    }
  }

  private void challenge(byte[] message) {
    session.toFrontend(Authentication.saslContinue(session.frontend().alloc(), message));
    session.frontend().flush();
  }

  private void last(byte[] message) {
    conversation.expect(SaslConversation.Step.NOTHING);
    ScramServer.Proven found = exchange == null ? null : exchange.finish(message);
    if (found == null || candidate == null) {
      session.end(
          Report.fatal(
              SqlState.INVALID_PASSWORD,
              "password authentication failed for user \"%s\"".formatted(user)));
      return;
    }
    session.toFrontend(Authentication.saslFinal(session.frontend().alloc(), found.message()));
    proven.accept(candidate, found);
  }
}
