package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.settings.PinReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Notes what it is told, for tests of single parts of a relay. Confined to a test's thread. */
final class RecordingListener implements RelayListener {

  private final List<String> told = new ArrayList<>();

  /** All that it was told since it was last looked. */
  List<String> take() {
    List<String> taken = List.copyOf(told);
    told.clear();
    return taken;
  }

  @Override
  public void terminated() {
    told.add("terminated");
  }

  @Override
  public void frontendClosed() {
    told.add("frontend closed");
  }

  @Override
  public void failed(Report report) {
    told.add("failed: " + report.message());
  }

  @Override
  public void transactionRefused(Report report) {
    told.add("refused: " + report.message());
  }

  @Override
  public void timedOut(Report report) {
    told.add("timed out: " + report.message());
  }

  @Override
  public void frontendViolation(ProtocolViolation violation, boolean reportPossible) {
    told.add("violation");
  }

  @Override
  public void backendClosed(boolean reportPossible, boolean explained) {
    told.add("backend closed");
  }

  @Override
  public void broken(Throwable cause) {
    told.add("broken: " + cause);
  }

  @Override
  public void becameIdle() {
    told.add("idle");
  }

  @Override
  public void betweenTransactions() {
    told.add("between transactions");
  }

  @Override
  public void pinned(PinReason reason) {
    told.add("pinned by " + reason);
  }

  @Override
  public void unpinned(PinReason reason, Duration pinned) {
    told.add("unpinned from " + reason + " after " + pinned.toMillis() + " ms");
  }
}
