package dev.tenantgate.gateway.session;

import dev.tenantgate.config.AuthSettings;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.auth.Candidate;
import dev.tenantgate.gateway.auth.ClientAuthentication;
import dev.tenantgate.gateway.auth.TooManyLookups;
import dev.tenantgate.gateway.backend.BackendCredential;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.protocol.Authentication;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.LoginFrameDecoder;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.scram.ChannelBinding;
import dev.tenantgate.gateway.scram.ScramException;
import dev.tenantgate.gateway.scram.ScramServer;
import dev.tenantgate.gateway.startup.InvalidStartupParameter;
import dev.tenantgate.gateway.startup.LoginLimits.Stage;
import dev.tenantgate.gateway.startup.LoginSlot;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/**
 * The gateway itself finds out whether the client is who it says it is, without a backend. A client
 * that has proved it gets AuthenticationOk and a key for cancelling of the gateway's own, and goes
 * to the gate; a backend is opened for it behind that, so a held session costs its socket.
 *
 * <p>The backend is logged in as the client's own user, by the keys that the client's exchange
 * yielded (its proof gives the ClientKey, which is enough at a server with the same verifier) or by
 * the password of the user list; there is no other way to a {@link
 * dev.tenantgate.gateway.backend.BackendCredential}. A session whose place only the server knows
 * gets its backend before the gate.
 *
 * <p>Replication that is passed goes through the same relay without a gate, in either kind of
 * pooling ({@link #isPooled}). A stream is no transaction that the end would have to wait for. It
 * could be gated by its {@code search_path}, but isn't: a START_REPLICATION that is held has the
 * server keep its log, and nothing that it streams is a tenant's.
 */
final class CheckingClient extends SessionState {

  private final Destination destination;
  private final ClientAuthentication authentication;
  private final @Nullable ChannelBinding binding;
  private final SaslConversation conversation;
  private @Nullable Candidate candidate;
  private @Nullable ScramServer exchange;

  CheckingClient(Session session, Destination destination, ClientAuthentication authentication) {
    super(session);
    this.destination = destination;
    this.authentication = authentication;
    this.binding = session.encryption().channelBinding();
    this.conversation = new SaslConversation(binding != null);
  }

  @Override
  void entered() {
    ByteBufAllocator allocator = session.frontend().alloc();
    if (!destination.request().isFullySupported()) {
      session.toFrontend(
          BackendMessage.negotiateProtocolVersion(
              allocator,
              destination.request().spokenVersion(),
              destination.request().protocolOptions()));
    }
    if (authentication.method() == AuthSettings.Method.TRUST) {
      accept(authentication.trusted(destination.request().user()));
    } else {
      session.toFrontend(Authentication.sasl(allocator, conversation.mechanisms()));
      session.frontend().flush();
      session.expectLoginFrames(LoginFrameDecoder.MAX_SASL_LENGTH);
    }
  }

  @Override
  void frontendFrame(ByteBuf frame) {
    byte type = frame.getByte(frame.readerIndex());
    if (type != FrontendMessage.PASSWORD && type != FrontendMessage.TERMINATE) {
      super.frontendFrame(frame);
      return;
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
          .candidate(destination.request().user(), () -> slot.enter(Stage.LOOKUP))
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
    if (!session.isIn(this)) {
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
    ScramServer.Proven proven = exchange == null ? null : exchange.finish(message);
    if (proven == null || candidate == null) {
      session.end(
          Report.fatal(
              SqlState.INVALID_PASSWORD,
              "password authentication failed for user \"%s\""
                  .formatted(destination.request().user())));
      return;
    }
    session.toFrontend(Authentication.saslFinal(session.frontend().alloc(), proven.message()));
    accept(candidate.credential(proven.keys()));
  }

  private void accept(BackendCredential credential) {
    ByteBufAllocator allocator = session.frontend().alloc();
    CancelKey key = CancelKey.random(destination.request().spokenVersion());
    session.cancellableBy(key);
    session
        .services()
        .processes()
        .add(
            key.processId(),
            session,
            new PoolKey(destination.request().database(), destination.request().user()));
    session.toFrontend(Authentication.ok(allocator));
    session.toFrontend(BackendMessage.keyData(allocator, key));
    session.holdFrontendInput();
    session.loggedIn();
    if (isPooled()) {
      enterPool(credential);
    } else {
      session.become(
          destination.dependsOnServer()
              ? OpeningBackend.beforeTheGate(session, destination, credential)
              : new AtGate(
                  session,
                  destination,
                  () -> OpeningBackend.admitted(session, destination, credential)));
    }
    // A client that has to wait is told so now; any other with the next message, in one write.
    session.frontend().flush();
  }

  /** A walsender is its client's alone: it has no transactions to be lent for. */
  private boolean isPooled() {
    return session.services().settings().pool().mode() == PoolSettings.Mode.TRANSACTION
        && !destination.request().isReplication();
  }

  private void enterPool(BackendCredential credential) {
    PoolKey key = new PoolKey(destination.request().database(), destination.request().user());
    session.services().pools().credential(key, credential);
    try {
      session.become(new EnteringPool(session, destination, key));
    } catch (InvalidStartupParameter e) {
      session.end(e.report());
    }
  }
}
