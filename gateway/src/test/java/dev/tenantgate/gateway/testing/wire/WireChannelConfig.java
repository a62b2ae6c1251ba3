package dev.tenantgate.gateway.testing.wire;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannelConfig;

/** A socket's options; only reading and the water mark have an effect here. */
final class WireChannelConfig extends DefaultChannelConfig implements SocketChannelConfig {

  private final WireChannel socket;
  private final ByteBufAllocator allocator;

  WireChannelConfig(WireChannel socket, ByteBufAllocator allocator) {
    super(socket);
    this.socket = socket;
    this.allocator = allocator;
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    boolean ofSockets =
        option.equals(ChannelOption.TCP_NODELAY) || option.equals(ChannelOption.SO_KEEPALIVE);
    return ofSockets || super.setOption(option, value);
  }

  @Override
  protected void autoReadCleared() {
    socket.stopReading();
  }

  /** Every buffer of a scenario comes from one allocator, which counts them. */
  @Override
  public ByteBufAllocator getAllocator() {
    return allocator;
  }

  @Override
  public SocketChannelConfig setAllocator(ByteBufAllocator other) {
    return this;
  }

  @Override
  public boolean isTcpNoDelay() {
    return true;
  }

  @Override
  public SocketChannelConfig setTcpNoDelay(boolean tcpNoDelay) {
    return this;
  }

  @Override
  public int getSoLinger() {
    return -1;
  }

  @Override
  public SocketChannelConfig setSoLinger(int soLinger) {
    return this;
  }

  @Override
  public int getSendBufferSize() {
    return 0;
  }

  @Override
  public SocketChannelConfig setSendBufferSize(int sendBufferSize) {
    return this;
  }

  @Override
  public int getReceiveBufferSize() {
    return 0;
  }

  @Override
  public SocketChannelConfig setReceiveBufferSize(int receiveBufferSize) {
    return this;
  }

  @Override
  public boolean isKeepAlive() {
    return true;
  }

  @Override
  public SocketChannelConfig setKeepAlive(boolean keepAlive) {
    return this;
  }

  @Override
  public int getTrafficClass() {
    return 0;
  }

  @Override
  public SocketChannelConfig setTrafficClass(int trafficClass) {
    return this;
  }

  @Override
  public boolean isReuseAddress() {
    return false;
  }

  @Override
  public SocketChannelConfig setReuseAddress(boolean reuseAddress) {
    return this;
  }

  @Override
  public SocketChannelConfig setPerformancePreferences(int time, int latency, int bandwidth) {
    return this;
  }

  @Override
  public boolean isAllowHalfClosure() {
    return false;
  }

  @Override
  public SocketChannelConfig setAllowHalfClosure(boolean allowHalfClosure) {
    return this;
  }

  @Override
  public SocketChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis) {
    super.setConnectTimeoutMillis(connectTimeoutMillis);
    return this;
  }

  @Override
  @Deprecated
  public SocketChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
    super.setMaxMessagesPerRead(maxMessagesPerRead);
    return this;
  }

  @Override
  public SocketChannelConfig setWriteSpinCount(int writeSpinCount) {
    super.setWriteSpinCount(writeSpinCount);
    return this;
  }

  @Override
  public SocketChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator receiving) {
    super.setRecvByteBufAllocator(receiving);
    return this;
  }

  @Override
  public SocketChannelConfig setAutoRead(boolean autoRead) {
    super.setAutoRead(autoRead);
    return this;
  }

  @Override
  public SocketChannelConfig setAutoClose(boolean autoClose) {
    super.setAutoClose(autoClose);
    return this;
  }

  @Override
  public SocketChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
    super.setMessageSizeEstimator(estimator);
    return this;
  }

  @Override
  public SocketChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark waterMark) {
    super.setWriteBufferWaterMark(waterMark);
    return this;
  }
}
