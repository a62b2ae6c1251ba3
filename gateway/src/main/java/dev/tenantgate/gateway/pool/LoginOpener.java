package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.connect.BackendCredential;
import dev.tenantgate.gateway.connect.BackendLogin;
import dev.tenantgate.gateway.connect.LoggedInBackend;
import dev.tenantgate.gateway.connect.ServerHosts;
import dev.tenantgate.gateway.drain.OpenBackends;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.ProtocolVersion;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.startup.StartupMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Logs a pool's backends in as the pool's user, by what the client that came last could prove.
 * Thread-safe.
 */
public final class LoginOpener implements BackendOpener {

  /** Every server speaks it, and a pool needs nothing of what came later. */
  private static final ProtocolVersion VERSION = new ProtocolVersion(3, 0);

  /** So many bytes of a login's notices are kept for the pool's clients. */
  private static final int MOST_NOTICE_BYTES = 16 * 1024;

  private final BackendLogin login;
  private final OpenBackends open;
  private final Map<PoolKey, BackendCredential> credentials = new ConcurrentHashMap<>();

  /**
   * Makes one.
   *
   * @param open told of the backends that there are
   */
  public LoginOpener(BackendLogin login, OpenBackends open) {
    this.login = login;
    this.open = open;
  }

  /** The servers that connections go to. */
  ServerHosts hosts() {
    return login.hosts();
  }

  /** A client has logged in with a credential that is good for its pool's backends. */
  public void credential(PoolKey key, BackendCredential credential) {
    if (!(credential instanceof BackendCredential.None)) { // of users whom nobody knows
      credentials.put(key, credential);
    }
  }

  @Override
  public void open(EventLoop eventLoop, PoolKey key, Listener listener) {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("user", key.user());
    parameters.put("database", key.database());
    BackendCredential credential = credentials.getOrDefault(key, new BackendCredential.None());
    login.open(
        eventLoop, new StartupMessage(VERSION, parameters), credential, new PoolLogin(listener));
  }

  /** One login, with what the server says to the user meanwhile. */
  private final class PoolLogin implements BackendLogin.Listener {

    private final Listener listener;
    private final List<byte[]> notices = new ArrayList<>(0);
    private int noticeBytes;

    PoolLogin(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void noticed(ByteBuf notice) {
      noticeBytes += notice.readableBytes();
      if (noticeBytes <= MOST_NOTICE_BYTES) {
        notices.add(ByteBufUtil.getBytes(notice));
      }
      notice.release();
    }

    @Override
    public void loggedIn(LoggedInBackend backend) {
      note(backend);
      listener.opened(backend, notices);
    }

    @Override
    public void loginFailed(Report report) {
      listener.failed(report);
    }
  }

  private void note(LoggedInBackend backend) {
    CancelKey key = backend.cancelKey();
    if (key != null) {
      Channel channel = backend.channel();
      open.opened(channel, key.processId());
      channel.closeFuture().addListener(closed -> open.closed(channel));
    }
  }
}
