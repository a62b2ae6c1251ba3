package dev.tenantgate.gateway.connect;

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
import io.netty.handler.codec.DecoderException;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
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
  private final StartupMessage startup;
  private final CredentialProof proof;
  private final boolean own;
  private final BackendLogin.Listener listener;
  private final LoginFrameDecoder frames = new LoginFrameDecoder();
  private final Map<String, String> parameters = new LinkedHashMap<>();
  private @Nullable CancelKey cancelKey;
  private @Nullable Channel channel;
  private Server server;

  /** The server's own word on what it is; null unless it had to be asked. */
  private @Nullable ServerKind kindAnswer;

  private boolean asked;

  /** Whether the servers have been told already that this one isn't used. */
  private boolean told;

  private @Nullable ScheduledFuture<?> deadline;
  private boolean authenticated;
  private boolean over;

  /**
   * Prepares a login.
   *
   * @param own whether it is the gateway's own account
   */
  LoginExchange(
      ServerHosts hosts,
      StartupMessage startup,
      CredentialProof proof,
      boolean own,
      BackendLogin.Listener listener) {
    this.hosts = hosts;
    this.server = hosts.current();
    this.startup = startup;
    this.proof = proof;
    this.own = own;
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
    server = Server.at(backend, hosts);
    deadline =
        backend
            .eventLoop()
            .schedule(this::timedOut, hosts.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
    backend.writeAndFlush(startup.encode(backend.alloc()));
  }

  @Override
  public void backendUnreachable(Report report) {
    told = true;
    fail(report);
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
      case BackendMessage.ERROR_RESPONSE -> errored(frame);
      case BackendMessage.PARAMETER_STATUS -> parameter(frame.slice().skipBytes(5));
      case BackendMessage.BACKEND_KEY_DATA ->
          cancelKey = CancelKey.read(frame.slice().skipBytes(5));
      case BackendMessage.READY_FOR_QUERY -> ready(ctx);
      case BackendMessage.ROW_DESCRIPTION,
          BackendMessage.DATA_ROW,
          BackendMessage.COMMAND_COMPLETE ->
          kindRow(type, frame);
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
    return Report.fatal(SqlState.CONNECTION_FAILURE, "the backend %s refused".formatted(server))
        .withDetail(report.message().isEmpty() ? "It said not why." : report.message());
  }

  private void ready(ChannelHandlerContext ctx) {
    if (!authenticated) {
      throw new ProtocolViolation("the backend is ready for queries before authentication");
    }
    ServerKind kind = kindAnswer == null ? ServerKind.of(parameters) : kindAnswer;
    if (kind == null && own) {
      // Before PostgreSQL 14 it doesn't say so by itself.
      asked = true;
      ctx.writeAndFlush(FrontendMessage.query(ctx.alloc(), ServerKind.QUESTION));
      return;
    }
    Report unwanted = kind == null ? null : hosts.check(server, kind, own);
    if (unwanted != null) {
      told = true;
      fail(unwanted);
      return;
    }
    end();
    listener.loggedIn(new LoggedInBackend(ctx.channel(), parameters, cancelKey));
    // In this order: what has come behind ReadyForQuery goes to the handler that was just added.
    ctx.pipeline().remove(this);
    ctx.pipeline().remove(frames);
  }

  /** A server that doesn't know the question is no standby. */
  private void errored(ByteBuf frame) {
    if (asked) {
      kindAnswer = new ServerKind(false, false);
    } else {
      fail(refusal(frame));
    }
  }

  /** The answer to {@link ServerKind#QUESTION}. */
  private void kindRow(byte type, ByteBuf frame) {
    if (!asked) {
      throw new ProtocolViolation(
          "unexpected message of type %s from the backend while logging in"
              .formatted(FrameCursor.describe(type)));
    }
    if (type == BackendMessage.DATA_ROW) {
      ByteBuf row = frame.slice().skipBytes(7);
      kindAnswer = new ServerKind(column(row).equals("t"), column(row).equals("on"));
    }
  }

  private static String column(ByteBuf row) {
    int bytes = row.readInt();
    return bytes < 0 ? "" : row.readString(bytes, StandardCharsets.UTF_8);
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
            .withDetail("The backend %s closed it while logging in.".formatted(server)));
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
        Report.fatal(SqlState.CONNECTION_FAILURE, "could not log in to the backend " + server)
            .withDetail("timed out"));
  }

  private void fail(Report report) {
    if (over) {
      return;
    }
    end();
    if (!told && BackendHold.isOutage(report)) {
      hosts.failed(server);
    }
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
