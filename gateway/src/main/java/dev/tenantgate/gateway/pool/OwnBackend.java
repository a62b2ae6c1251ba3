package dev.tenantgate.gateway.pool;

import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.BackendOwner;
import dev.tenantgate.gateway.backend.LeaseHolder;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.ServerProfile;
import dev.tenantgate.gateway.backend.Standing;
import dev.tenantgate.gateway.connect.AbandonedQuery;
import dev.tenantgate.gateway.connect.BackendLogin;
import dev.tenantgate.gateway.connect.CancelForwarder;
import dev.tenantgate.gateway.connect.LoggedInBackend;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.scan.PlainTexts;
import dev.tenantgate.gateway.statements.StatementTexts;
import dev.tenantgate.gateway.traffic.TrafficCounters;
import dev.tenantgate.gateway.traffic.TrafficLevel;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The backend that is one session's own: a lease that begins with the session and doesn't end
 * before it. Nobody else meets what the client leaves there. Event-loop confined.
 */
public final class OwnBackend implements Lender, BackendOwner, Replacement.Listener {

  /** Logs in to a backend as a session's first one was. */
  @FunctionalInterface
  public interface Login {

    /**
     * Opens a connection.
     *
     * @return the connection under way, to close if it is no longer wanted
     */
    Channel open(BackendLogin.Listener listener);
  }

  /** A server that doesn't read the rest of what was written to it is given up then. */
  private static final long FLUSH_SECONDS = 30;

  private final PoolServices services;
  private final PoolKey key;
  private final OwnRules rules;
  private final PlainTexts plainTexts;
  private final PoolLog log;
  private final EventLoop eventLoop;
  private final @Nullable Login login;
  private PooledBackend backend;

  /** The one that was given up although it works; another takes its place. */
  private @Nullable PooledBackend left;

  private @Nullable LeaseHolder waiting;
  private @Nullable Replacement replacement;

  /**
   * Takes over a connection.
   *
   * @param connection logged in as the client's user, with no handler behind the transport's; this
   *     is its handler from here on
   * @param plainTexts of all such sessions on the event loop
   * @param login how to open another, should this one be lost; null where that can't be done
   */
  public OwnBackend(
      PoolServices services,
      PoolKey key,
      LoggedInBackend connection,
      PlainTexts plainTexts,
      @Nullable Login login) {
    this.services = services;
    this.key = key;
    this.rules = new OwnRules(services, key);
    this.plainTexts = plainTexts;
    this.login = login;
    this.eventLoop = connection.channel().eventLoop();
    this.log = new PoolLog(services.log(), key);
    this.backend = new PooledBackend(connection, this, new Standing(services.nanoTime(), 0));
    connection.parameters().forEach(backend.settings()::reports);
    opened(backend);
    count(services.traffic().of(key, connection.channel().eventLoop()), connection.channel());
  }

  private void opened(PooledBackend fresh) {
    if (services.isLeft(fresh.channel())) {
      fresh.standing().outdate(); // its login was under way
    }
    services.servers().ownOpened(key, fresh);
  }

  private static void count(TrafficCounters traffic, Channel channel) {
    traffic.change(TrafficLevel.SERVERS_ACTIVE, 1);
    channel.closeFuture().addListener(closed -> traffic.change(TrafficLevel.SERVERS_ACTIVE, -1));
  }

  /** The backend, which is the handler of its connection as well. */
  public PooledBackend backend() {
    return backend;
  }

  /** The session leaves, and the server has nothing to do for it: the connection is closed. */
  public void close() {
    backend.lendTo(null);
    Channel channel = backend.channel();
    if (!channel.isActive()) {
      channel.close();
      return;
    }
    ByteBuf last = FrontendMessage.terminate(channel.alloc());
    var impatience =
        channel.eventLoop().schedule(() -> channel.close(), FLUSH_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> impatience.cancel(false));
    channel.writeAndFlush(last).addListener(ChannelFutureListener.CLOSE);
  }

  // ---- its part as a lender

  @Override
  public PoolKey key() {
    return key;
  }

  @Override
  public PoolSettings rules() {
    return rules.get();
  }

  @Override
  public boolean isShared() {
    return false;
  }

  @Override
  public void attach() {}

  @Override
  public void detach() {}

  @Override
  public @Nullable PooledBackend lease(LeaseHolder lessee) {
    if ((backend.isUsable() && backend != left) || login == null) {
      backend.lendTo(lessee);
      return backend;
    }
    waiting = lessee;
    replacement = new Replacement(services.hold(), key.database(), eventLoop, login, this);
    replacement.begin();
    return null;
  }

  @Override
  public void leave(PooledBackend outdated) {
    left = outdated;
    close();
  }

  @Override
  public boolean replacesLost() {
    return login != null;
  }

  @Override
  public boolean leaveQueue(LeaseHolder lessee) {
    Replacement under = replacement;
    if (waiting != lessee || under == null) {
      return false;
    }
    waiting = null;
    replacement = null;
    under.cancel();
    return true;
  }

  // ---- a backend that is lost

  @Override
  public void replaced(LoggedInBackend connection) {
    LeaseHolder lessee = waiting;
    waiting = null;
    replacement = null;
    if (lessee == null) {
      connection.channel().close();
      return;
    }
    PooledBackend next = new PooledBackend(connection, this, new Standing(services.nanoTime(), 0));
    connection.parameters().forEach(next.settings()::reports);
    connection.channel().pipeline().addLast("relay", next);
    connection.channel().config().setAutoRead(true);
    count(services.traffic().of(key, eventLoop), connection.channel());
    opened(next);
    backend = next;
    left = null;
    next.lendTo(lessee);
    lessee.granted(next);
  }

  @Override
  public void notReplaced(Report report) {
    LeaseHolder lessee = waiting;
    waiting = null;
    replacement = null;
    if (lessee != null) {
      lessee.refused(report);
    }
  }

  @Override
  public void stillWaiting(String text) {
    LeaseHolder lessee = waiting;
    if (lessee != null) {
      lessee.stillWaiting(text);
    }
  }

  @Override
  public boolean isWaitedFor() {
    return false;
  }

  @Override
  public @Nullable ServerProfile template() {
    return null;
  }

  @Override
  public KnownRoutines server() {
    return KnownRoutines.NONE;
  }

  @Override
  public SchemaChanges changes() {
    return services.changes(key.database());
  }

  @Override
  public StatementTexts statementTexts() {
    return services.statementTexts();
  }

  @Override
  public PlainTexts plainTexts() {
    return plainTexts;
  }

  @Override
  public void lookAtDefaults() {}

  @Override
  public void releaseDatabase(String database) {}

  @Override
  public void sequenceRead() {}

  @Override
  public boolean readsSequences() {
    return false;
  }

  // ---- its part as the owner

  /** Nobody else gets it. */
  @Override
  public void giveBack(PooledBackend given) {
    close();
  }

  @Override
  public void discard(PooledBackend discarded) {
    backend.lendTo(null);
    backend.channel().close();
  }

  @Override
  public AbandonedQuery abandon(PooledBackend abandoned, CancelKey cancelKey) {
    backend.lendTo(null);
    return AbandonedQuery.leave(backend.channel(), cancelKey, services.canceller());
  }

  @Override
  public void forwardCancel(
      PooledBackend cancelled, CancelKey cancelKey, CancelForwarder.Outcome outcome) {
    services.canceller().forward(cancelled.channel(), cancelKey, outcome);
  }

  @Override
  public void closed(PooledBackend closed) {}

  @Override
  public void endedWhileIdle(PooledBackend ended, Report report) {}

  @Override
  public void violated(PooledBackend violating, ProtocolViolation violation) {
    log.violated(violation);
    backend.channel().close();
  }

  @Override
  public void failed(PooledBackend failed, Throwable cause) {
    log.failed(cause);
    backend.channel().close();
  }
}
