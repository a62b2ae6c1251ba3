package dev.tenantgate.gateway.testing.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import java.io.ByteArrayOutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection, as the gateway sees it: what it writes is kept for a test, and what it
 * reads comes from there. Reads when it is told to, has a sending side that can be closed, and can
 * have a peer that takes no more. Many of them share an event loop, whose tasks never run in the
 * middle of a handler: that is where Netty's {@code EmbeddedChannel} differs from a socket.
 */
final class WireChannel extends AbstractChannel implements SocketChannel {

  private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

  private final WireChannelConfig config;
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final boolean reachable;
  private boolean open = true;
  private boolean active;
  private boolean reading;
  private boolean outputShutdown;
  private boolean stalled;

  private WireChannel(ByteBufAllocator allocator, boolean active, boolean reachable) {
    super(null);
    this.config = new WireChannelConfig(this, allocator);
    this.active = active;
    this.reachable = reachable;
  }

  /** A connection that a client has made. */
  static WireChannel accepted(ByteBufAllocator allocator) {
    return new WireChannel(allocator, true, true);
  }

  /** A connection that the gateway is about to make. */
  static WireChannel toBeConnected(ByteBufAllocator allocator, boolean reachable) {
    return new WireChannel(allocator, false, reachable);
  }

  // ---- the peer's side

  /** Whether the gateway reads from here. */
  boolean isReading() {
    return reading && active;
  }

  /**
   * Has the gateway read what came at once, in several pieces perhaps.
   *
   * @return how many of the pieces it took
   */
  int read(byte[]... pieces) {
    reading = false;
    int taken = 0;
    for (byte[] piece : pieces) {
      if (!active || (taken > 0 && !config.isAutoRead())) {
        break;
      }
      pipeline().fireChannelRead(alloc().buffer(piece.length).writeBytes(piece));
      taken++;
    }
    pipeline().fireChannelReadComplete();
    return taken;
  }

  /** The peer has closed its side. */
  void readEnd() {
    unsafe().close(voidPromise());
  }

  /** Takes what the gateway has written since it was last asked. */
  byte[] takeWritten() {
    byte[] bytes = written.toByteArray();
    written.reset();
    return bytes;
  }

  /** Whether the gateway has said all that it will say. */
  boolean isEnded() {
    return !open || outputShutdown;
  }

  /** The peer takes nothing more, or goes on. */
  void stall(boolean value) {
    stalled = value;
    if (!value) {
      ((WireUnsafe) unsafe()).goOn();
    }
  }

  void stopReading() {
    reading = false;
  }

  // ---- the gateway's side

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new WireUnsafe();
  }

  private final class WireUnsafe extends AbstractUnsafe {

    @Override
    public void connect(
        SocketAddress remote, @Nullable SocketAddress local, ChannelPromise promise) {
      if (!promise.setUncancellable() || !ensureOpen(promise)) {
        return;
      }
      if (!reachable) {
        safeSetFailure(promise, new ConnectException("connection refused"));
        close(voidPromise());
        return;
      }
      active = true;
      safeSetSuccess(promise);
      pipeline().fireChannelActive();
    }

    void goOn() {
      flush0();
    }
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) {
    while (!stalled && in.current() instanceof ByteBuf bytes) {
      byte[] copy = new byte[bytes.readableBytes()];
      bytes.readBytes(copy);
      written.writeBytes(copy);
      in.remove();
    }
  }

  @Override
  protected void doBeginRead() {
    reading = true;
  }

  @Override
  protected void doClose() {
    open = false;
    active = false;
  }

  @Override
  protected void doShutdownOutput() {
    outputShutdown = true;
  }

  @Override
  protected void doBind(SocketAddress address) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doDisconnect() {
    doClose();
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return true;
  }

  @Override
  protected SocketAddress localAddress0() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 6432);
  }

  @Override
  protected SocketAddress remoteAddress0() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 50_000);
  }

  @Override
  public WireChannelConfig config() {
    return config;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public boolean isActive() {
    return active;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  public @Nullable ServerSocketChannel parent() {
    return null;
  }

  @Override
  public InetSocketAddress localAddress() {
    return (InetSocketAddress) localAddress0();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return (InetSocketAddress) remoteAddress0();
  }

  @Override
  public boolean isInputShutdown() {
    return !active;
  }

  @Override
  public boolean isOutputShutdown() {
    return isEnded();
  }

  @Override
  public boolean isShutdown() {
    return !active;
  }

  @Override
  public ChannelFuture shutdownOutput() {
    return shutdownOutput(newPromise());
  }

  @Override
  public ChannelFuture shutdownOutput(ChannelPromise promise) {
    ((AbstractUnsafe) unsafe()).shutdownOutput(promise);
    return promise;
  }

  @Override
  public ChannelFuture shutdownInput() {
    return shutdownInput(newPromise());
  }

  @Override
  public ChannelFuture shutdownInput(ChannelPromise promise) {
    return promise.setFailure(new UnsupportedOperationException());
  }

  @Override
  public ChannelFuture shutdown() {
    return shutdown(newPromise());
  }

  @Override
  public ChannelFuture shutdown(ChannelPromise promise) {
    return close(promise);
  }
}
