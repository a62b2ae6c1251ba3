package dev.tenantgate.gateway.server;

import dev.tenantgate.gateway.session.SessionMeter;

final class NoMeter implements SessionMeter {
  @Override
  public void clientConnected() {}

  @Override
  public void clientDisconnected() {}

  @Override
  public void backendConnecting() {}

  @Override
  public void backendActive() {}

  @Override
  public void backendClosed(boolean wasActive) {}

  @Override
  public void toBackend(long bytes) {}

  @Override
  public void toFrontend(long bytes, long transactions) {}
}
