package dev.tenantgate.gateway.connect;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.scram.KeyDerivation;
import dev.tenantgate.gateway.startup.StartupMessage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;

/**
 * Opens connections of the gateway's own making: connects, logs in as a user by what the gateway
 * can prove for it, and hands over once the backend is ready for queries. No frontend is needed, so
 * a pool may open connections ahead of need. Thread-safe.
 *
 * <p>Speaks {@code trust}, cleartext passwords, MD5, and SCRAM-SHA-256 with channel binding where
 * TLS allows it. A backend that was asked for SCRAM has to prove that it knows the password, too.
 *
 * <pre>
 *   Channel channel = login.open(eventLoop, startupMessage, credential, listener);
 *   …
 *   public void loggedIn(LoggedInBackend backend) {
 *     backend.channel().pipeline().addLast(new WhateverReadsTheFrames());   // at once: more may have come
 *   }
 * </pre>
 */
public final class BackendLogin {

  private final BackendConnector connector;
  private final KeyDerivation derivation;

  /**
   * Makes the way to log in.
   *
   * @param derivation turns passwords into keys
   */
  public BackendLogin(BackendConnector connector, KeyDerivation derivation) {
    this.connector = connector;
    this.derivation = derivation;
  }

  /**
   * The party that asked for a connection. One of {@link #loggedIn} and {@link #loginFailed} is
   * called, once, on the event loop; the latter also when the connection is closed before.
   */
  public interface Listener {

    /**
     * The backend is ready for its first query, and the connection is the listener's. It adds the
     * handler that reads from now on before it returns: raw bytes, from the first one behind
     * ReadyForQuery.
     */
    void loggedIn(LoggedInBackend backend);

    /**
     * There is no connection, or it is closed.
     *
     * @param report why, in the server's own words if it was the server that refused; fit for a
     *     client. {@code 08006} means that the server couldn't be reached or was lost.
     */
    void loginFailed(Report report);

    /** The backend said something to the user in between, a whole NoticeResponse. Owned by it. */
    default void noticed(ByteBuf notice) {
      notice.release();
    }
  }

  /**
   * Opens a connection.
   *
   * @param startup whom to log in as, where to, and with which settings; anything but {@code user}
   *     is passed on as it is
   * @return the connection under way, to close if it is no longer wanted
   */
  public Channel open(
      EventLoop eventLoop,
      StartupMessage startup,
      BackendCredential credential,
      Listener listener) {
    LoginExchange exchange = exchange(startup, credential, false, listener);
    return connector.connect(eventLoop, exchange, exchange);
  }

  /**
   * Opens a connection of the gateway's own account, by which it is checked whether the server in
   * use is to be used: it is asked for what it doesn't report.
   */
  public Channel openOwn(
      EventLoop eventLoop,
      StartupMessage startup,
      BackendCredential credential,
      Listener listener) {
    LoginExchange exchange = exchange(startup, credential, true, listener);
    return connector.connectUnchecked(eventLoop, exchange, exchange);
  }

  /** Where connections go. */
  public ServerHosts hosts() {
    return connector.hosts();
  }

  private LoginExchange exchange(
      StartupMessage startup, BackendCredential credential, boolean own, Listener listener) {
    return new LoginExchange(
        connector.hosts(),
        startup,
        new CredentialProof(startup, credential, derivation),
        own,
        listener);
  }
}
