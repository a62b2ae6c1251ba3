package dev.tenantgate.gateway.admin;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.IdleStateEvent;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes requests off a connection, one at a time, and writes their answers. Event-loop confined;
 * the endpoints run elsewhere, as they may block.
 */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

  private static final Logger log = LoggerFactory.getLogger(AdminHandler.class);

  private final Routes routes;
  private final EventStream events;
  private final Executor blocking;
  private final Queue<FullHttpRequest> waiting = new ArrayDeque<>();
  private boolean answering;

  AdminHandler(Routes routes, EventStream events, Executor blocking) {
    this.routes = routes;
    this.events = events;
    this.blocking = blocking;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    if (answering) {
      // Came in the same packet as the one being answered; no more will, until that is done.
      waiting.add(request.retain());
    } else {
      begin(ctx, request);
    }
  }

  private void begin(ChannelHandlerContext ctx, FullHttpRequest request) {
    answering = true;
    ctx.channel().config().setAutoRead(false);
    Exchange exchange =
        new Exchange(ctx, HttpUtil.isKeepAlive(request), request.method().equals(HttpMethod.HEAD));
    if (!request.decoderResult().isSuccess()) {
      exchange.answer(Problems.badRequest("the request can't be read"));
      return;
    }
    AdminResponse refusal = RequestGuard.refuse(request, isOnLoopback(ctx));
    if (refusal != null) {
      exchange.answer(refusal);
      return;
    }
    AdminRequest parsed;
    try {
      parsed = parse(request);
    } catch (IllegalArgumentException e) {
      exchange.answer(Problems.badRequest("the path can't be read: " + e.getMessage()));
      return;
    }
    if (isForEvents(parsed) && !exchange.head) {
      exchange.stream();
    } else {
      exchange.dispatch(parsed);
    }
  }

  private void next(ChannelHandlerContext ctx) {
    if (waiting.isEmpty()) {
      answering = false;
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
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof IdleStateEvent && !answering) {
      ctx.close();
    }
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

  private static boolean isForEvents(AdminRequest request) {
    return request.method().equals(HttpMethod.GET)
        && request.segments().equals(List.of("api", "v1", "events"));
  }

  private static AdminRequest parse(FullHttpRequest request) {
    QueryStringDecoder uri = new QueryStringDecoder(request.uri());
    HttpMethod method =
        request.method().equals(HttpMethod.HEAD) ? HttpMethod.GET : request.method();
    return new AdminRequest(
        method,
        segments(uri.rawPath()),
        uri.parameters(),
        request.content().toString(StandardCharsets.UTF_8));
  }

  private static List<String> segments(String rawPath) {
    List<String> segments = new ArrayList<>();
    if (rawPath.length() > 1) {
      for (String segment : rawPath.substring(1).split("/", -1)) {
        // A plus is a plus in a path.
        segments.add(QueryStringDecoder.decodeComponent(segment.replace("+", "%2B")));
      }
    }
    return segments;
  }

  /** One request and its answer. */
  private final class Exchange {

    private final ChannelHandlerContext ctx;
    private final boolean keepAlive;
    private final boolean head;

    Exchange(ChannelHandlerContext ctx, boolean keepAlive, boolean head) {
      this.ctx = ctx;
      this.keepAlive = keepAlive;
      this.head = head;
    }

    void dispatch(AdminRequest request) {
      Endpoint endpoint = routes.find(request.method(), request.segments());
      try {
        blocking.execute(() -> run(endpoint, request));
      } catch (RejectedExecutionException e) {
        answer(
            AdminResponse.problem(
                HttpResponseStatus.SERVICE_UNAVAILABLE, "too many requests are under way"));
      }
    }

    private void run(Endpoint endpoint, AdminRequest request) {
      try {
        endpoint
            .answer(request)
            .whenComplete(
                (response, error) -> answerLater(error == null ? response : failed(error)));
      } catch (RuntimeException e) {
        answerLater(failed(e));
      }
    }

    private AdminResponse failed(Throwable error) {
      log.error("answering a request to the admin port failed unexpectedly", error);
      return AdminResponse.problem(
          HttpResponseStatus.INTERNAL_SERVER_ERROR, "the request failed unexpectedly");
    }

    private void answerLater(AdminResponse response) {
      ctx.executor().execute(() -> answer(response));
    }

    void answer(AdminResponse response) {
      FullHttpResponse message =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, response.status(), Unpooled.wrappedBuffer(response.bytes()));
      message
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, response.contentType())
          .set(HttpHeaderNames.CONTENT_LENGTH, message.content().readableBytes())
          .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
          .set("X-Content-Type-Options", "nosniff");
      response.headers().forEach((name, value) -> message.headers().set(name, value));
      HttpUtil.setKeepAlive(message, keepAlive);
      // For HEAD the codec leaves the body out and the length in.
      ctx.writeAndFlush(message)
          .addListener(
              keepAlive ? (ChannelFutureListener) sent -> next(ctx) : ChannelFutureListener.CLOSE);
    }

    void stream() {
      if (!EventSubscription.start(ctx.channel(), events)) {
        answer(
            AdminResponse.problem(
                HttpResponseStatus.SERVICE_UNAVAILABLE,
                "%d clients read the events already".formatted(EventStream.MAX_SUBSCRIBERS)));
        return;
      }
      // From now on reading serves to notice that the client has gone.
      ctx.channel().config().setAutoRead(true);
    }
  }
}
