package dev.tenantgate.gateway.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One client of the event stream. One that reads too slowly is cut off, as what it missed can't be
 * made up for. Thread-safe.
 */
final class EventSubscription implements EventStream.Subscriber {

  /** Bytes of events that a client may be behind. */
  private static final int MAX_UNSENT_BYTES = 256 * 1024;

  private static final long HEARTBEAT_SECONDS = 15;

  /** So long are events gathered for a write: a rollout makes thousands a second. */
  private static final long GATHER_MILLIS = 50;

  private final Channel channel;

  /** Events that aren't written yet; guarded by itself. */
  private final StringBuilder gathered = new StringBuilder();

  private final AtomicInteger unsentBytes = new AtomicInteger();

  private EventSubscription(Channel channel) {
    this.channel = channel;
  }

  /** Turns a connection into a stream of events, until it is closed; false if there is no room. */
  static boolean start(Channel channel, EventStream stream) {
    EventSubscription subscription = new EventSubscription(channel);
    if (!stream.subscribe(subscription)) {
      return false;
    }
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8")
        .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
    HttpUtil.setTransferEncodingChunked(head, true);
    channel.writeAndFlush(head);
    subscription.event(": connected\n\n");
    ScheduledFuture<?> heartbeat =
        channel
            .eventLoop()
            .scheduleAtFixedRate(
                () -> subscription.event(": still here\n\n"),
                HEARTBEAT_SECONDS,
                HEARTBEAT_SECONDS,
                TimeUnit.SECONDS);
    channel
        .closeFuture()
        .addListener(
            closed -> {
              heartbeat.cancel(false);
              stream.unsubscribe(subscription);
            });
    return true;
  }

  @Override
  public void event(String text) {
    if (unsentBytes.addAndGet(ByteBufUtil.utf8Bytes(text)) > MAX_UNSENT_BYTES) {
      channel.close();
      return;
    }
    synchronized (gathered) {
      gathered.append(text);
      if (gathered.length() > text.length()) {
        return; // the write that takes those before it takes this one as well
      }
    }
    channel.eventLoop().schedule(this::write, GATHER_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void write() {
    String text;
    synchronized (gathered) {
      text = gathered.toString();
      gathered.setLength(0);
    }
    ByteBuf events = ByteBufUtil.writeUtf8(channel.alloc(), text);
    int bytes = events.readableBytes();
    channel
        .writeAndFlush(new DefaultHttpContent(events))
        .addListener(sent -> unsentBytes.addAndGet(-bytes));
  }
}
