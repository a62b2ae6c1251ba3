package dev.tenantgate.migrator.connection;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.postgresql.ssl.LibPQFactory;
import org.postgresql.util.PSQLException;

/** A TLS socket that carries {@link StartupStreams}; all else is the socket's within. */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // the socket within does that
final class StartupTlsSocket extends SSLSocket {

  private final SSLSocket within;
  private final SSLSocketFactory factory;
  private @Nullable StartupStreams streams;

  /**
   * Wraps a socket.
   *
   * @param factory the one that made it
   */
  StartupTlsSocket(SSLSocket within, SSLSocketFactory factory) {
    this.within = within;
    this.factory = factory;
  }

  private synchronized StartupStreams streams() throws IOException {
    StartupStreams made = streams;
    if (made == null) {
      made = new StartupStreams(within.getInputStream(), within.getOutputStream());
      streams = made;
    }
    return made;
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return streams().fromServer();
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return streams().toServer();
  }

  /** Also tells what was wrong with the client's key, which the driver asks its own factory. */
  @Override
  public void startHandshake() throws IOException {
    within.startHandshake();
    if (factory instanceof LibPQFactory driver) {
      try {
        driver.throwKeyManagerException();
      } catch (PSQLException e) {
        throw new SSLException(e.getMessage(), e);
      }
    }
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return within.getSupportedCipherSuites();
  }

  @Override
  public String[] getEnabledCipherSuites() {
    return within.getEnabledCipherSuites();
  }

  @Override
  public String[] getSupportedProtocols() {
    return within.getSupportedProtocols();
  }

  @Override
  public String[] getEnabledProtocols() {
    return within.getEnabledProtocols();
  }

  @Override
  public void setEnabledCipherSuites(String[] suites) {
    within.setEnabledCipherSuites(suites);
  }

  @Override
  public void setEnabledProtocols(String[] protocols) {
    within.setEnabledProtocols(protocols);
  }

  @Override
  public SSLSession getSession() {
    return within.getSession();
  }

  @Override
  public SSLSession getHandshakeSession() {
    return within.getHandshakeSession();
  }

  @Override
  public SSLParameters getSSLParameters() {
    return within.getSSLParameters();
  }

  @Override
  public String getApplicationProtocol() {
    return within.getApplicationProtocol();
  }

  @Override
  public void setSSLParameters(SSLParameters parameters) {
    within.setSSLParameters(parameters);
  }

  @Override
  public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {
    within.addHandshakeCompletedListener(listener);
  }

  @Override
  public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {
    within.removeHandshakeCompletedListener(listener);
  }

  @Override
  public void setUseClientMode(boolean on) {
    within.setUseClientMode(on);
  }

  @Override
  public boolean getUseClientMode() {
    return within.getUseClientMode();
  }

  @Override
  public void setNeedClientAuth(boolean on) {
    within.setNeedClientAuth(on);
  }

  @Override
  public boolean getNeedClientAuth() {
    return within.getNeedClientAuth();
  }

  @Override
  public void setWantClientAuth(boolean on) {
    within.setWantClientAuth(on);
  }

  @Override
  public boolean getWantClientAuth() {
    return within.getWantClientAuth();
  }

  @Override
  public void setEnableSessionCreation(boolean on) {
    within.setEnableSessionCreation(on);
  }

  @Override
  public boolean getEnableSessionCreation() {
    return within.getEnableSessionCreation();
  }

  @Override
  public void close() throws IOException {
    within.close();
  }

  @Override
  public boolean isClosed() {
    return within.isClosed();
  }

  @Override
  public boolean isConnected() {
    return within.isConnected();
  }

  @Override
  public boolean isBound() {
    return within.isBound();
  }

  @Override
  public boolean isInputShutdown() {
    return within.isInputShutdown();
  }

  @Override
  public boolean isOutputShutdown() {
    return within.isOutputShutdown();
  }

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    within.setSoTimeout(millis);
  }

  @Override
  public int getSoTimeout() throws SocketException {
    return within.getSoTimeout();
  }

  @Override
  public void setTcpNoDelay(boolean on) throws SocketException {
    within.setTcpNoDelay(on);
  }

  @Override
  public boolean getTcpNoDelay() throws SocketException {
    return within.getTcpNoDelay();
  }

  @Override
  public void setKeepAlive(boolean on) throws SocketException {
    within.setKeepAlive(on);
  }

  @Override
  public boolean getKeepAlive() throws SocketException {
    return within.getKeepAlive();
  }

  @Override
  public void setReceiveBufferSize(int bytes) throws SocketException {
    within.setReceiveBufferSize(bytes);
  }

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return within.getReceiveBufferSize();
  }

  @Override
  public void setSendBufferSize(int bytes) throws SocketException {
    within.setSendBufferSize(bytes);
  }

  @Override
  public int getSendBufferSize() throws SocketException {
    return within.getSendBufferSize();
  }

  @Override
  public @Nullable InetAddress getInetAddress() {
    return within.getInetAddress();
  }

  @Override
  public InetAddress getLocalAddress() {
    return within.getLocalAddress();
  }

  @Override
  public int getPort() {
    return within.getPort();
  }

  @Override
  public int getLocalPort() {
    return within.getLocalPort();
  }

  @Override
  public @Nullable SocketAddress getRemoteSocketAddress() {
    return within.getRemoteSocketAddress();
  }

  @Override
  public @Nullable SocketAddress getLocalSocketAddress() {
    return within.getLocalSocketAddress();
  }

  @Override
  public String toString() {
    return within.toString();
  }
}
