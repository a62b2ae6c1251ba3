package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.startup.StartupPacket;
import io.netty.buffer.ByteBuf;

/** Over. Messages that still come are dropped. */
final class Ended extends SessionState {

  Ended(Session session) {
    super(session);
  }

  @Override
  void startupPacket(StartupPacket packet) {}

  @Override
  void frontendFrame(ByteBuf frame) {
    frame.release();
  }

  @Override
  void frontendClosed() {}

  @Override
  void backendClosed() {}

  @Override
  void loginTimedOut() {}

  @Override
  void cancel(Runnable done) {
    session.keys().cancelAbandoned(done);
  }

  @Override
  void drain() {}
}
