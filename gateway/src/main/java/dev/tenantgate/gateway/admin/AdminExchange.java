package dev.tenantgate.gateway.admin;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request and its answer. Event-loop confined, but for {@link #run}. */
final class AdminExchange {

  private static final Logger log = LoggerFactory.getLogger(AdminExchange.class);

  /** How long a client may take to read an answer. */
  private static final long READ_SECONDS = 30;

  /** The same for a list, which may have megabytes. */
  private static final long READ_LIST_SECONDS = 120;

  private final ChannelHandlerContext ctx;
  private final AdminConnections connections;
  private final boolean head;
  private final boolean knowsChunks;
  private final boolean keepAlive;
  private final @Nullable String ifNoneMatch;
  private final Runnable next;
  private @Nullable RequestKind kind;

  /**
   * Begins one.
   *
   * @param next runs when the answer is out and the connection stays
   */
  AdminExchange(
      ChannelHandlerContext ctx,
      AdminConnections connections,
      FullHttpRequest request,
      Runnable next) {
    this.ctx = ctx;
    this.connections = connections;
    this.head = request.method().equals(HttpMethod.HEAD);
    this.knowsChunks = request.protocolVersion().isKeepAliveDefault();
    this.keepAlive = HttpUtil.isKeepAlive(request);
    this.ifNoneMatch = request.headers().get(HttpHeaderNames.IF_NONE_MATCH);
    this.next = next;
  }

  /** Takes a place among the answers of its kind; false if there is none. */
  boolean begin(RequestKind wanted) {
    if (!connections.begin(ctx.channel(), wanted)) {
      return false;
    }
    kind = wanted;
    ctx.channel().closeFuture().addListener(closed -> leave());
    return true;
  }

  private void leave() {
    if (kind != null) {
      connections.end(ctx.channel(), kind);
      kind = null;
    }
  }

  /** Has an endpoint answer. Called on a thread that may block. */
  void run(Endpoint endpoint, AdminRequest request) {
    try {
      endpoint
          .answer(request)
          .whenComplete((response, error) -> answerLater(error == null ? response : failed(error)));
    } catch (RuntimeException e) {
      answerLater(failed(e));
    }
  }

  private static AdminResponse failed(Throwable error) {
    log.error("answering a request to the admin port failed unexpectedly", error);
    return AdminResponse.problem(
        HttpResponseStatus.INTERNAL_SERVER_ERROR, "the request failed unexpectedly");
  }

  private void answerLater(AdminResponse response) {
    ctx.executor().execute(() -> answer(response));
  }

  void answer(AdminResponse made) {
    String tag = made.tag();
    boolean known =
        ifNoneMatch != null && tag != null && EntityTag.isAmong(ifNoneMatch, tag) && made.isOk();
    AdminResponse response = known ? made.notModified() : made;
    Iterator<String> parts = response.parts();
    if (parts == null) {
      sent(writeWhole(response), READ_SECONDS, keepAlive);
    } else {
      sent(writeParts(response, parts), READ_LIST_SECONDS, keepAlive && knowsChunks);
    }
  }

  private ChannelFuture writeWhole(AdminResponse response) {
    FullHttpResponse message =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, response.status(), Unpooled.wrappedBuffer(response.bytes()));
    if (!response.status().equals(HttpResponseStatus.NOT_MODIFIED)) {
      message.headers().set(HttpHeaderNames.CONTENT_LENGTH, message.content().readableBytes());
    }
    setHeaders(message, response);
    HttpUtil.setKeepAlive(message, keepAlive);
    // For HEAD the codec leaves the body out and the length in.
    return ctx.writeAndFlush(message);
  }

  private ChannelFuture writeParts(AdminResponse response, Iterator<String> parts) {
    HttpResponse message = new DefaultHttpResponse(HttpVersion.HTTP_1_1, response.status());
    setHeaders(message, response);
    HttpUtil.setTransferEncodingChunked(message, knowsChunks);
    HttpUtil.setKeepAlive(message, keepAlive && knowsChunks);
    ctx.write(message);
    if (head) {
      return ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }
    ctx.write(new DefaultHttpContent(Unpooled.wrappedBuffer(response.bytes())));
    return ctx.writeAndFlush(new HttpChunkedInput(new TextParts(parts, this::resumeSoon)));
  }

  private void resumeSoon() {
    ChunkedWriteHandler writer = ctx.pipeline().get(ChunkedWriteHandler.class);
    ctx.executor().schedule(writer::resumeTransfer, 1, TimeUnit.MILLISECONDS);
  }

  private static void setHeaders(HttpResponse message, AdminResponse response) {
    message
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, response.contentType())
        .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
        .set("X-Content-Type-Options", "nosniff");
    if (response.tag() != null) {
      // May be kept, by the client alone, and is asked for again each time.
      message
          .headers()
          .set(HttpHeaderNames.CACHE_CONTROL, "private, no-cache")
          .set(HttpHeaderNames.VARY, HttpHeaderNames.ACCEPT_ENCODING);
    }
    response.headers().forEach((name, value) -> message.headers().set(name, value));
  }

  private void sent(ChannelFuture written, long seconds, boolean stays) {
    ScheduledFuture<?> timeout =
        ctx.executor().schedule(() -> ctx.channel().close(), seconds, TimeUnit.SECONDS);
    written.addListener(
        (ChannelFuture done) -> {
          timeout.cancel(false);
          leave();
          if (stays && done.isSuccess()) {
            next.run();
          } else {
            ChannelFutureListener.CLOSE.operationComplete(done);
          }
        });
  }

  /** Turns the connection into a stream of events. */
  void stream(EventStream events) {
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
