package dev.tenantgate.gateway.admin;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes requests off a connection, one at a time, and writes their answers. Event-loop confined;
 * the endpoints run elsewhere, as they may block.
 */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

  private static final Logger log = LoggerFactory.getLogger(AdminHandler.class);

  /** Requests that may have come in the same packet as the one being answered. */
  private static final int MOST_WAITING = 16;

  private final Service service;
  private final RequestDeadline deadline;
  private final Queue<FullHttpRequest> waiting = new ArrayDeque<>();
  private boolean answering;

  /**
   * The services that all connections share.
   *
   * @param blocking runs endpoints
   * @param watching runs those of probes and metrics, which must not wait for the others
   * @param events the stream of events; null where the port has none
   * @param guard for requests to a port beyond loopback, or on it
   * @param security the TLS and the tokens in force; null where the port has neither
   */
  record Service(
      Routes routes,
      @Nullable EventStream events,
      Executor blocking,
      Executor watching,
      AdminConnections connections,
      RequestGuard.Check guard,
      @Nullable Supplier<AdminSecurity> security) {}

  AdminHandler(Service service, RequestDeadline deadline) {
    this.service = service;
    this.deadline = deadline;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    if (!answering) {
      begin(ctx, request);
    } else if (waiting.size() < MOST_WAITING) {
      // Came in the same packet as the one being answered; no more will, until that is done.
      waiting.add(request.retain());
    } else {
      ctx.close();
    }
  }

  private void begin(ChannelHandlerContext ctx, FullHttpRequest request) {
    answering = true;
    deadline.arrived();
    ctx.channel().config().setAutoRead(false);
    AdminExchange exchange =
        new AdminExchange(ctx, service.connections(), request, () -> next(ctx));
    if (!request.decoderResult().isSuccess()) {
      exchange.answer(Problems.badRequest("the request can't be read"));
      return;
    }
    AdminResponse refusal = service.guard().refuse(request, isOnLoopback(ctx));
    if (refusal != null) {
      exchange.answer(refusal);
      return;
    }
    AdminRequest parsed;
    try {
      parsed = parse(request, client(ctx));
    } catch (IllegalArgumentException e) {
      exchange.answer(Problems.badRequest("the path can't be read: " + e.getMessage()));
      return;
    }
    begin(ctx, exchange, parsed, request.headers().get(HttpHeaderNames.AUTHORIZATION));
  }

  private void begin(
      ChannelHandlerContext ctx,
      AdminExchange exchange,
      AdminRequest request,
      @Nullable String authorization) {
    RequestKind kind = RequestKind.of(request.segments());
    EventStream events = service.events();
    AdminTokens tokens = service.security() == null ? null : service.security().get().tokens();
    TokenCheck check = TokenCheck.of(tokens, kind, request.method(), authorization);
    if (check.refusal() != null) {
      exchange.answer(check.refusal());
    } else if (!exchange.begin(kind)) {
      exchange.answer(
          AdminResponse.problem(
                  HttpResponseStatus.SERVICE_UNAVAILABLE,
                  "%d such requests are under way already".formatted(kind.most()))
              .with("Retry-After", "1"));
    } else if (kind == RequestKind.EVENTS
        && events != null
        && request.method().equals(HttpMethod.GET)) {
      exchange.stream(events);
    } else {
      if (!RequestGuard.isReading(request.method())) {
        log.atInfo()
            .addKeyValue("request", request.method() + " /" + String.join("/", request.segments()))
            .addKeyValue("client", ctx.channel().remoteAddress())
            .addKeyValue("token", check.name())
            .log("an operator asks for a change");
      }
      dispatch(exchange, kind, check.name() == null ? request : request.by(check.name()));
    }
  }

  private void dispatch(AdminExchange exchange, RequestKind kind, AdminRequest request) {
    Endpoint endpoint = service.routes().find(request.method(), request.segments());
    try {
      (kind.isWatching() ? service.watching() : service.blocking())
          .execute(() -> exchange.run(endpoint, request));
    } catch (RejectedExecutionException e) {
      exchange.answer(
          AdminResponse.problem(
              HttpResponseStatus.SERVICE_UNAVAILABLE, "too many requests are under way"));
    }
  }

  private void next(ChannelHandlerContext ctx) {
    if (waiting.isEmpty()) {
      answering = false;
      deadline.answered(ctx);
      ctx.channel().config().setAutoRead(true);
    } else {
      // Not at once: many small requests in one packet would pile up on the stack.
      ctx.executor().execute(() -> takeWaiting(ctx));
    }
  }

  private void takeWaiting(ChannelHandlerContext ctx) {
    FullHttpRequest request = waiting.poll();
    if (request != null) {
      try {
        begin(ctx, request);
      } finally {
        request.release();
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    for (FullHttpRequest left = waiting.poll(); left != null; left = waiting.poll()) {
      left.release();
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.debug("a connection to the admin port broke", cause);
    ctx.close();
  }

  private static boolean isOnLoopback(ChannelHandlerContext ctx) {
    return ctx.channel().localAddress() instanceof InetSocketAddress address
        && address.getAddress() != null
        && address.getAddress().isLoopbackAddress();
  }

  private static String client(ChannelHandlerContext ctx) {
    return ctx.channel().remoteAddress() instanceof InetSocketAddress address
        ? address.getAddress().getHostAddress()
        : "unknown";
  }

  private static AdminRequest parse(FullHttpRequest request, String by) {
    QueryStringDecoder uri = new QueryStringDecoder(request.uri());
    HttpMethod method =
        request.method().equals(HttpMethod.HEAD) ? HttpMethod.GET : request.method();
    return new AdminRequest(
        method,
        segments(uri.rawPath()),
        uri.parameters(),
        request.content().toString(StandardCharsets.UTF_8),
        by,
        request.headers().get(HttpHeaderNames.ACCEPT, ""));
  }

  private static List<String> segments(String rawPath) {
    List<String> segments = new ArrayList<>();
    if (rawPath.length() > 1) {
      for (String segment : rawPath.substring(1).split("/", -1)) {
        // A plus is a plus in a path.
        String decoded = QueryStringDecoder.decodeComponent(segment.replace("+", "%2B"));
        if (decoded.indexOf('\0') >= 0) {
          throw new IllegalArgumentException("it has a NUL character in it");
        }
        segments.add(decoded);
      }
    }
    return segments;
  }
}
