package dev.tenantgate.gateway.connect;

import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.startup.CancelRequest;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries CancelRequests to the server, each on a connection of its own (section "Canceling
 * Requests in Progress"). The server answers nothing; its closing the connection says that the
 * signal was sent. Thread-safe.
 *
 * <p>One connection at a time goes out for a key: requests that come meanwhile share the next one,
 * so that a client which asks a thousand times doesn't take the server's connections.
 */
public final class CancelForwarder {

  private static final Logger log = LoggerFactory.getLogger(CancelForwarder.class);

  private final BackendConnector connector;

  /**
   * The waiters for the next request of a key; a key is here while a request is under way. Guarded
   * by itself.
   */
  private final Map<Place, List<Outcome>> underWay = new HashMap<>();

  /** A key, and the server that has given it. */
  private record Place(Server server, CancelKey key) {}

  /** The outcome of a request. */
  @FunctionalInterface
  public interface Outcome {

    /**
     * The request is over. Called once.
     *
     * @param settled whether nothing can come of it any more: the server has taken it, or never got
     *     it. If not, the signal may come at any time.
     */
    void cancelled(boolean settled);
  }

  public CancelForwarder(BackendConnector connector) {
    this.connector = connector;
  }

  /**
   * Sends a request to the server that a backend is at, whichever is in use by now. It has as long
   * to take it as connecting may last.
   *
   * @param backend the connection of the query
   * @param key the server's, of that connection
   */
  public void forward(Channel backend, CancelKey key, Outcome outcome) {
    Place place = new Place(Server.at(backend, connector.hosts()), key);
    synchronized (underWay) {
      List<Outcome> waiting = underWay.get(place);
      if (waiting != null) {
        waiting.add(outcome);
        return;
      }
      underWay.put(place, new ArrayList<>());
    }
    send(backend.eventLoop(), place, List.of(outcome));
  }

  private void send(EventLoop eventLoop, Place place, List<Outcome> outcomes) {
    Exchange exchange = new Exchange(place.key());
    Channel channel = connector.connectTo(place.server(), eventLoop, exchange, exchange);
    long millis = connector.connectTimeout().toMillis();
    var timeout = eventLoop.schedule(exchange::giveUp, millis, TimeUnit.MILLISECONDS);
    exchange.runs(channel);
    channel
        .closeFuture()
        .addListener(
            closed -> {
              timeout.cancel(false);
              over(eventLoop, place, outcomes, exchange.isSettled());
            });
  }

  private void over(EventLoop eventLoop, Place place, List<Outcome> outcomes, boolean settled) {
    outcomes.forEach(outcome -> outcome.cancelled(settled));
    List<Outcome> waiting;
    synchronized (underWay) {
      waiting = underWay.remove(place);
      if (settled && waiting != null && !waiting.isEmpty()) {
        underWay.put(place, new ArrayList<>());
      }
    }
    if (waiting == null || waiting.isEmpty()) {
      return;
    }
    if (settled) {
      send(eventLoop, place, waiting);
    } else {
      waiting.forEach(outcome -> outcome.cancelled(false));
    }
  }

  private static final class Exchange extends ChannelInboundHandlerAdapter
      implements BackendConnector.Listener {

    private final CancelKey key;
    private @Nullable Channel channel;
    private boolean asked;
    private boolean gaveUp;

    Exchange(CancelKey key) {
      this.key = key;
    }

    void runs(Channel connection) {
      channel = connection;
    }

    /** The server has closed the connection by itself, or was asked nothing on it. */
    boolean isSettled() {
      return !asked || !gaveUp;
    }

    void giveUp() {
      gaveUp = true;
      if (channel != null) {
        channel.close();
      }
      log.atWarn().log("cancel request not taken by the server in time");
    }

    @Override
    public void backendConnected(Channel backend, boolean encrypted) {
      asked = true;
      backend.writeAndFlush(new CancelRequest(key).encode(backend.alloc()));
    }

    @Override
    public void backendUnreachable(Report report) {
      log.atWarn()
          .addKeyValue("error", report.message())
          .addKeyValue("detail", report.detail())
          .log("cancel request not delivered");
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      gaveUp = true;
      ctx.close();
    }
  }
}
