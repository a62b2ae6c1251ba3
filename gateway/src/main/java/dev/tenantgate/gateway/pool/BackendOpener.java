package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.connect.LoggedInBackend;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.channel.EventLoop;
import java.util.List;

/** Opens connections for a pool and logs them in. Thread-safe. */
@FunctionalInterface
public interface BackendOpener {

  /** The caller that wants a connection. Called on the event loop that it asked for. */
  interface Listener {

    /**
     * It is there; the pool's to close.
     *
     * @param notices what the server said to the user meanwhile, whole NoticeResponses
     */
    void opened(LoggedInBackend backend, List<byte[]> notices);

    /**
     * There is none.
     *
     * @param report as a client may be told; its SQLSTATE says whether trying again makes sense
     */
    void failed(Report report);
  }

  /** Opens one connection; the listener is called once. */
  void open(EventLoop eventLoop, PoolKey key, Listener listener);
}
