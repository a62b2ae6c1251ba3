package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.connect.UnfinishedQuery;
import dev.tenantgate.gateway.drain.OpenBackends;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.ProtocolVersion;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * The keys for cancelling of one session: the client's, by which the session is found, and that of
 * its own backend. The client's is good until its last query is over, which may be after the
 * session's end. Event-loop confined.
 */
final class SessionKeys {

  private final Session session;
  private @Nullable CancelKey clients;
  private @Nullable CancelKey backends;

  /** The client's query that is still under way although the session has ended. */
  private @Nullable UnfinishedQuery abandoned;

  SessionKeys(Session session) {
    this.session = session;
  }

  /** The client is told its key. */
  void tellClient(CancelKey key) {
    client(key);
    session.toFrontend(BackendMessage.keyData(session.frontend().alloc(), key));
  }

  /**
   * The client has to wait before it has a backend: by a key of the gateway's own it can cancel
   * that, until it is told the one that goes with its backend.
   */
  void tellWaiting(ProtocolVersion version) {
    if (clients == null) {
      tellClient(CancelKey.random(version));
      session.frontend().flush();
    }
  }

  /** The client holds this key. */
  void client(CancelKey key) {
    forget();
    clients = key;
    session.services().cancels().register(key, session);
  }

  /** The process number that the client was told; 0 if it was told none. */
  int clientProcess() {
    return clients == null ? 0 : clients.processId();
  }

  /** The session's own backend has this key. */
  void backend(CancelKey key, @Nullable Channel at) {
    backends = key;
    if (at != null) {
      OpenBackends open = session.services().openSessions().backends();
      open.opened(at, key.processId());
      at.closeFuture().addListener(closed -> open.closed(at));
    }
  }

  /** The key of the session's own backend; null if there is none, or unknown. */
  @Nullable CancelKey backendKey() {
    return backends;
  }

  /** The client's query is under way at the server as the session ends; null if none is. */
  void abandon(@Nullable UnfinishedQuery query) {
    abandoned = query;
  }

  /** A CancelRequest that has come a moment behind the session's end. */
  void cancelAbandoned(Runnable done) {
    if (abandoned == null) {
      done.run();
    } else {
      abandoned.cancel(done);
    }
  }

  /** The session has ended: the client's key is its query's, or nobody's. */
  void sessionEnded() {
    CancelKey key = clients;
    UnfinishedQuery query = abandoned;
    if (key == null || query == null) {
      forget();
    } else {
      session.services().processes().remove(key.processId());
      session.services().cancels().register(key, query);
      query.whenOver(() -> session.services().cancels().unregister(key, query));
    }
  }

  private void forget() {
    if (clients != null) {
      session.services().cancels().unregister(clients, session);
      session.services().processes().remove(clients.processId());
      clients = null;
    }
  }
}
