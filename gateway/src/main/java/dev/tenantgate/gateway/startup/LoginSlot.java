package dev.tenantgate.gateway.startup;

import dev.tenantgate.gateway.protocol.LoginFrameDecoder;
import dev.tenantgate.gateway.startup.LoginLimits.Stage;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

/**
 * A client's place among those that haven't logged in ({@link LoginLimits}). Its state is guarded
 * by the limits' lock. Thread-safe.
 */
public final class LoginSlot implements LoginFrameDecoder.PartialInput {

  private static final AttributeKey<LoginSlot> KEY = AttributeKey.valueOf(LoginSlot.class, "slot");

  private final LoginLimits limits;
  private final Object address;
  private int stages;
  private boolean released;

  LoginSlot(LoginLimits limits, Object address) {
    this.limits = limits;
    this.address = address;
  }

  /** The place belongs to this connection from here on, and is left when that is closed. */
  public void hold(Channel channel) {
    channel.attr(KEY).set(this);
    channel.closeFuture().addListener(closed -> release());
  }

  /** The place of a connection that was admitted. */
  public static LoginSlot of(Channel channel) {
    return channel.attr(KEY).get();
  }

  /** Goes on to a stage; false if it is full. */
  public boolean enter(Stage stage) {
    return limits.enter(this, stage);
  }

  public void leave(Stage stage) {
    limits.leave(this, stage);
  }

  /** The client has logged in, or its connection is closed. */
  public void release() {
    limits.release(this);
  }

  /** Has a handshake begin as soon as there is room for it; {@code go} is called on any thread. */
  void awaitHandshake(Runnable go) {
    limits.awaitHandshake(this, go);
  }

  /** A part of a message waits for the rest of it, or no longer. */
  @Override
  public void partial(boolean waits) {
    if (!waits) {
      leave(Stage.PARTIAL);
    } else if (!enter(Stage.PARTIAL)) {
      throw new LoginRefused("too many clients have sent a part of a message and not its rest");
    }
  }

  Object address() {
    return address;
  }

  boolean isIn(Stage stage) {
    return (stages & 1 << stage.index) != 0;
  }

  void mark(Stage stage) {
    stages |= 1 << stage.index;
  }

  void unmark(Stage stage) {
    stages &= ~(1 << stage.index);
  }

  boolean isReleased() {
    return released;
  }

  void markReleased() {
    released = true;
  }
}
