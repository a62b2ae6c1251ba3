package dev.tenantgate.gateway.backend;

import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.gateway.protocol.Authentication;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.FrameCursor;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.LoginFrameDecoder;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.startup.StartupMessage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One login at a backend, from the StartupMessage to the first ReadyForQuery. Leaves the pipeline
 * when it is over. Event-loop confined.
 */
final class LoginExchange extends ChannelInboundHandlerAdapter
    implements BackendConnector.Listener, CredentialProof.Listener {

  private final ServerHosts hosts;
  private final NetworkAddress address;
  private final StartupMessage startup;
  private final CredentialProof proof;
  private final Duration timeout;
  private final BackendLogin.Listener listener;
  private final LoginFrameDecoder frames = new LoginFrameDecoder();
  private final Map<String, String> parameters = new LinkedHashMap<>();
  private @Nullable CancelKey cancelKey;
  private @Nullable Channel channel;
  private @Nullable ScheduledFuture<?> deadline;
  private boolean authenticated;
  private boolean over;

  LoginExchange(
      ServerHosts hosts,
      StartupMessage startup,
      CredentialProof proof,
      Duration timeout,
      BackendLogin.Listener listener) {
    this.hosts = hosts;
    this.address = hosts.current();
    this.startup = startup;
    this.proof = proof;
    this.timeout = timeout;
    this.listener = listener;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.pipeline().addBefore(ctx.name(), null, frames);
  }

  // ---- connecting

  @Override
  public void backendConnected(Channel backend, boolean encrypted) {
    if (over) {
      backend.close();
      return;
    }
    channel = backend;
    deadline =
        backend.eventLoop().schedule(this::timedOut, timeout.toMillis(), TimeUnit.MILLISECONDS);
    backend.writeAndFlush(startup.encode(backend.alloc()));
  }

  @Override
  public void backendUnreachable(Throwable cause) {
    String reason =
        cause instanceof ConnectTimeoutException ? "timed out" : String.valueOf(cause.getMessage());
    fail(
        Report.fatal(SqlState.CONNECTION_FAILURE, "could not connect to the backend " + address)
            .withDetail(reason));
  }

  // ---- what the backend says

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf frame = (ByteBuf) message;
    if (!over && frame.getByte(frame.readerIndex()) == BackendMessage.NOTICE_RESPONSE) {
      listener.noticed(frame);
      return;
    }
    try {
      if (!over) {
        read(ctx, frame);
      }
    } finally {
      frame.release();
    }
  }

  private void read(ChannelHandlerContext ctx, ByteBuf frame) {
    byte type = frame.getByte(frame.readerIndex());
    switch (type) {
      case BackendMessage.AUTHENTICATION -> authentication(ctx, frame);
      case BackendMessage.ERROR_RESPONSE -> {
        Report refusal = refusal(frame);
        if (BackendHold.isOutage(refusal)) {
          hosts.failed(address);
        }
        fail(refusal);
      }
      case BackendMessage.PARAMETER_STATUS -> parameter(frame.slice().skipBytes(5));
      case BackendMessage.BACKEND_KEY_DATA ->
          cancelKey = CancelKey.read(frame.slice().skipBytes(5));
      case BackendMessage.READY_FOR_QUERY -> ready(ctx);
      case BackendMessage.NEGOTIATE_PROTOCOL_VERSION -> {
        // An older server goes on in its own version; all that differs here is the key's length.
      }
      default ->
          throw new ProtocolViolation(
              "unexpected message of type %s from the backend while logging in"
                  .formatted(FrameCursor.describe(type)));
    }
  }

  private void authentication(ChannelHandlerContext ctx, ByteBuf frame) {
    int request = Authentication.request(frame);
    if (authenticated || request < 0) {
      throw new ProtocolViolation("unexpected authentication request from the backend");
    }
    if (request == Authentication.OK) {
      proof.accepted();
      authenticated = true;
    } else {
      proof.asked(request, Authentication.content(frame), ctx.channel(), this);
    }
  }

  private void parameter(ByteBuf body) {
    parameters.put(string(body), string(body));
  }

  private static String string(ByteBuf body) {
    int bytes = body.bytesBefore((byte) 0);
    if (bytes < 0) {
      throw new ProtocolViolation("a ParameterStatus of the backend has no end");
    }
    String text = body.readString(bytes, StandardCharsets.UTF_8);
    body.skipBytes(1);
    return text;
  }

  private Report refusal(ByteBuf frame) {
    Report report = Report.decode(frame.slice().skipBytes(5)).asFatal();
    if (!report.sqlState().isEmpty() && !report.message().isEmpty()) {
      return report;
    }
    return Report.fatal(SqlState.CONNECTION_FAILURE, "the backend %s refused".formatted(address))
        .withDetail(report.message().isEmpty() ? "It said not why." : report.message());
  }

  private void ready(ChannelHandlerContext ctx) {
    if (!authenticated) {
      throw new ProtocolViolation("the backend is ready for queries before authentication");
    }
    Report unwanted = hosts.check(address, parameters);
    if (unwanted != null) {
      fail(unwanted);
      return;
    }
    end();
    listener.loggedIn(new LoggedInBackend(ctx.channel(), parameters, cancelKey));
    // In this order: what has come behind ReadyForQuery goes to the handler that was just added.
    ctx.pipeline().remove(this);
    ctx.pipeline().remove(frames);
  }

  // ---- what the credential says

  @Override
  public void proofFailed(Report report) {
    fail(report);
  }

  // ---- the end

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(
        Report.fatal(SqlState.CONNECTION_FAILURE, "the connection to the backend was lost")
            .withDetail("The backend %s closed it while logging in.".formatted(address)));
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Throwable reason =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    if (reason instanceof ProtocolViolation violation) {
      fail(Report.fatal(SqlState.PROTOCOL_VIOLATION, String.valueOf(violation.getMessage())));
    } else {
      fail(
          Report.fatal(SqlState.CONNECTION_FAILURE, "the connection to the backend was lost")
              .withDetail(String.valueOf(reason.getMessage())));
    }
  }

  private void timedOut() {
    fail(
        Report.fatal(SqlState.CONNECTION_FAILURE, "could not log in to the backend " + address)
            .withDetail("timed out"));
  }

  private void fail(Report report) {
    if (over) {
      return;
    }
    end();
    if (channel != null) {
      if (channel.isActive()) {
        channel.write(FrontendMessage.terminate(channel.alloc()), channel.voidPromise());
        channel.flush();
      }
      channel.close();
    }
    listener.loginFailed(report);
  }

  private void end() {
    over = true;
    if (deadline != null) {
      deadline.cancel(false);
    }
  }
}
