package dev.tenantgate.gateway.notification;

import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.connect.LoggedInBackend;
import dev.tenantgate.gateway.pool.BackendOpener;
import dev.tenantgate.gateway.pool.PoolServices;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the server that listens for all sessions of a database and user, on all event
 * loops. It is opened when the first of them listens, and closed some time after the last has
 * stopped. A notification goes to every session that listens on its channel, in the order in which
 * the server sent them.
 *
 * <p>Where it breaks, notifications may be lost: each session that listens is told, and nothing is
 * mended in silence. A server that owes an answer for {@link #MOST_SILENCE_SECONDS} is taken for
 * gone. Confined to one event loop, save for what says otherwise.
 */
final class ListeningConnection {

  static final int MOST_SILENCE_SECONDS = 5;

  /** How many channels of a session that is over are dealt with in one go. */
  private static final int MOST_ENDED = 1_000;

  private static final int PING_SECONDS = 30;
  private static final int LINGER_SECONDS = 3;
  private static final Logger log = LoggerFactory.getLogger("dev.tenantgate.gateway.notification");

  /** A session's wish, sent or not; answered by one ReadyForQuery. */
  private record Request(
      Subscriber subscriber,
      List<String> added,
      List<String> removed,
      @Nullable String mark,
      Outcome outcome) {

    void end(@Nullable Report why) {
      onLoop(subscriber.eventLoop(), () -> outcome.done(why));
    }
  }

  private final PoolKey key;
  private final EventLoop home;
  private final PoolServices pools;
  private final Subscriptions subscriptions = new Subscriptions();

  /** Wishes that wait until there is a connection. */
  private static final Report LEFT =
      Report.error(SqlState.ADMIN_SHUTDOWN, "another database server is in use");

  /** The sessions that wait for marks. */
  private final Map<String, Subscriber> marks = new HashMap<>();

  private final Deque<Request> unsent = new ArrayDeque<>();

  /** The purpose of each message that the server hasn't answered yet. */
  private final Deque<Consumer<@Nullable Report>> unanswered = new ArrayDeque<>();

  private @Nullable Channel connection;
  private @Nullable Report lastError;
  private boolean opening;
  private boolean closed;
  private @Nullable ScheduledFuture<?> pings;
  private @Nullable ScheduledFuture<?> linger;

  ListeningConnection(PoolKey key, EventLoop home, PoolServices pools) {
    this.key = key;
    this.home = home;
    this.pools = pools;
  }

  // ---- on any thread

  void listen(
      Subscriber subscriber,
      List<String> added,
      List<String> removed,
      @Nullable String mark,
      Outcome outcome) {
    onLoop(home, () -> accept(new Request(subscriber, added, removed, mark, outcome)));
  }

  /** Runs something once all has come that was sent by transactions so far. */
  void await(Runnable done) {
    onLoop(
        home,
        () -> {
          if (connection == null) {
            done.run();
          } else {
            send("", error -> done.run());
          }
        });
  }

  void leave(Subscriber subscriber) {
    onLoop(home, () -> forget(subscriber));
  }

  /** It ends if it leads to a server that isn't in use any more. */
  void leaveOthers() {
    onLoop(
        home,
        () -> {
          Channel channel = connection;
          if (channel != null && pools.isLeft(channel)) {
            failed(LEFT);
          }
        });
  }

  void close() {
    onLoop(
        home,
        () -> {
          closed = true;
          hangUp();
        });
  }

  static void onLoop(EventLoop loop, Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
    } else if (!loop.isShuttingDown()) {
      loop.execute(task);
    }
  }

  // ---- what sessions wish

  private void accept(Request request) {
    if (connection == null) {
      unsent.add(request);
      open();
    } else {
      if (request.mark != null) {
        marks.put(request.mark, request.subscriber);
      }
      send(subscriptions.change(request.subscriber, request.added, request.removed), request::end);
      closeUnlessUsed();
    }
  }

  private void forget(Subscriber subscriber) {
    unsent.removeIf(request -> request.subscriber.equals(subscriber));
    marks.values().remove(subscriber);
    String sql = subscriptions.end(subscriber, MOST_ENDED);
    if (connection != null && !sql.isEmpty()) {
      send(sql, error -> {});
    }
    if (subscriptions.has(subscriber)) {
      home.execute(() -> forget(subscriber)); // others have their turn in between
    }
    closeUnlessUsed();
  }

  private void send(String sql, Consumer<@Nullable Report> answered) {
    Channel channel = connection;
    if (channel == null) {
      return;
    }
    unanswered.add(answered);
    channel.writeAndFlush(FrontendMessage.query(channel.alloc(), sql), channel.voidPromise());
    home.schedule(
        () -> {
          if (unanswered.contains(answered)) {
            channel.close(); // for all that anybody knows, notifications are lost as well
          }
        },
        MOST_SILENCE_SECONDS,
        TimeUnit.SECONDS);
  }

  // ---- the connection

  private void open() {
    if (opening || closed) {
      return;
    }
    opening = true;
    pools.open(
        home,
        key,
        new BackendOpener.Listener() {
          @Override
          public void opened(LoggedInBackend backend, List<byte[]> notices) {
            opening = false;
            begin(backend.channel());
          }

          @Override
          public void failed(Report report) {
            opening = false;
            refuse(report);
          }
        });
  }

  private void begin(Channel channel) {
    if (closed || !channel.isActive()) {
      channel.close();
      refuse(lost("it was closed as soon as it was open"));
      return;
    }
    connection = channel;
    channel.pipeline().addLast("listening", new ListeningReplies(this, channel.alloc()));
    channel.config().setAutoRead(true);
    send("SET client_encoding TO 'UTF8'; LISTEN " + Notifications.MARKS, error -> {});
    pings = home.scheduleWithFixedDelay(this::ping, PING_SECONDS, PING_SECONDS, TimeUnit.SECONDS);
    while (!unsent.isEmpty()) {
      accept(unsent.remove());
    }
    closeUnlessUsed();
  }

  private void refuse(Report report) {
    while (!unsent.isEmpty()) {
      unsent.remove().end(report);
    }
  }

  private void ping() {
    if (unanswered.isEmpty()) {
      send("", error -> {});
    }
  }

  private void closeUnlessUsed() {
    if (!subscriptions.isEmpty() || connection == null) {
      if (linger != null) {
        linger.cancel(false);
        linger = null;
      }
    } else if (linger == null) {
      linger = home.schedule(this::lingered, LINGER_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void lingered() {
    linger = null;
    if (subscriptions.isEmpty() && unanswered.isEmpty()) {
      hangUp();
    } else {
      closeUnlessUsed();
    }
  }

  private void hangUp() {
    Channel channel = connection;
    if (channel != null) {
      connection = null;
      channel
          .writeAndFlush(FrontendMessage.terminate(channel.alloc()))
          .addListener(ChannelFutureListener.CLOSE);
    }
  }

  // ---- what the server says

  void notified(Notification raw) {
    if (raw.channel().equals(Notifications.MARKS)) {
      Subscriber waiting = marks.remove(raw.payload());
      if (waiting != null) {
        onLoop(waiting.eventLoop(), waiting::marked);
      }
      return;
    }
    Set<Subscriber> all = subscriptions.of(raw.channel());
    if (all.isEmpty()) {
      return;
    }
    Notification shown = raw.shownAs(pools.shownAs(raw.sender()));
    for (Subscriber subscriber : List.copyOf(all)) {
      onLoop(subscriber.eventLoop(), () -> subscriber.notified(shown));
    }
  }

  /** After any error, some session doesn't listen as it believes. */
  void failed(Report error) {
    lastError = error;
    Channel channel = connection;
    if (channel != null) {
      channel.close();
    }
  }

  void ready() {
    Consumer<@Nullable Report> answered = unanswered.poll();
    if (answered != null) {
      answered.accept(null);
    }
  }

  void ended() {
    if (pings != null) {
      pings.cancel(false);
    }
    connection = null;
    Report error = lastError;
    lastError = null;
    Report why = lost(error == null ? "it was closed" : error.message());
    while (!unanswered.isEmpty()) {
      unanswered.remove().accept(why);
    }
    marks.clear();
    List<Subscriber> all = subscriptions.clear();
    if (!all.isEmpty() && !closed) {
      log.atWarn()
          .addKeyValue("database", key.database())
          .addKeyValue("user", key.user())
          .addKeyValue("sessions", all.size())
          .addKeyValue("error", error == null ? "closed" : error.message())
          .log("the connection that listens for sessions was lost; they are ended");
      all.forEach(
          subscriber -> onLoop(subscriber.eventLoop(), () -> subscriber.listeningLost(why)));
    }
  }

  private static Report lost(String reason) {
    return Notifications.missed(
        "The connection that listened for this session was lost: %s.".formatted(reason));
  }
}
