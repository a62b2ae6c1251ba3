package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.LeaseHolder;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.pool.Lender;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.tracing.ClientTrace;
import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * The backends' side of a {@link Relay}: asks for a lease, and takes what the backend that is lent
 * sends and tells. Event-loop confined.
 */
final class BackendSide implements LeaseHolder {

  private final Relay relay;
  private final Lender pool;
  private final RelayListener listener;
  private final int processId;

  /** The server has refused something since all was answered last. */
  private boolean failedSinceQuiet;

  /** Whether the client's own backend is asked what its session has, to be left. */
  private boolean asksWhatIsLeft;

  /** Why the server is about to end the client's own backend; the client may never need to know. */
  private @Nullable Report lastWords;

  /** The server ends the session for a limit of its own: another backend would pass it by. */
  private boolean limitReached;

  /**
   * Makes it.
   *
   * @param processId that the client was told to be served by
   */
  BackendSide(Relay relay, Lender pool, RelayListener listener, int processId) {
    this.relay = relay;
    this.pool = pool;
    this.listener = listener;
    this.processId = processId;
  }

  // ---- asking for a lease

  @Override
  public Object tenant() {
    return relay.passage().gate().tenant();
  }

  @Override
  public SessionSettings settings() {
    return relay.carried().current();
  }

  @Override
  public void granted(PooledBackend backend) {
    relay.traffic().waitsNoMore(null);
    relay.lease().granted(backend);
  }

  @Override
  public void refused(Report report) {
    relay.traffic().waitsNoMore(report.sqlState());
    if (report.severity() != Severity.FATAL && !relay.isEnded()) {
      listener.transactionRefused(report);
    }
    relay.lease().refused(report);
  }

  @Override
  public void stillWaiting(String text) {
    relay.frontend().tellWait(text);
  }

  // ---- who holds it

  @Override
  public int processId() {
    return processId;
  }

  @Override
  public Charset charset() {
    return relay.effects().texts().rules().encoding().charset();
  }

  @Override
  public boolean takesNotifications() {
    return !pool.isShared();
  }

  @Override
  public boolean hearsNotifications() {
    return !relay.isEnded() && relay.listening().hearsBackend();
  }

  @Override
  public void heard(ByteBuf notification) {
    relay.listening().heard(notification);
  }

  @Override
  public boolean withholds() {
    return relay.unforeseen().isUnderWay();
  }

  /** The transaction's state and its notifications are settled first. */
  @Override
  public boolean keepsReady() {
    return relay
        .listening()
        .keepsReady(
            !relay.isEnded()
                && !relay.requests().isInBatch()
                && (relay.carried().delayReady() || relay.listening().mustSettle()));
  }

  // ---- what the backend sends

  @Override
  public void fromBackend(ByteBuf run) {
    if (relay.isEnded()) {
      run.release();
      return;
    }
    FrontendSide frontend = relay.frontend();
    frontend.received(run.readableBytes());
    if (!relay.unforeseen().keeps(run)) {
      frontend.forward(run, relay.backend());
    }
  }

  @Override
  public void backendBatchEnded() {
    relay.frontend().flushAndCount();
    relay.readOn();
    relay.active();
    PooledBackend backend = relay.backend();
    if (backend != null
        && (relay.unforeseen().mayBeFollowed(backend)
            || relay.lease().answers().areSkipped(backend)
            || relay.requests().statements().mayGoOn(backend))) {
      relay.goOn();
    }
  }

  @Override
  public void backendWritable(boolean writable) {
    relay.readAsMuchAsCanBeTaken();
  }

  // ---- what it tells

  @Override
  public void reported(String name, String value, @Nullable String before) {
    relay.carried().reported(name, value, before);
    if (name.equals("application_name")) {
      relay.activity().isNamed(value);
    }
    if (name.equals("search_path")) {
      relay.passage().reported(value);
    }
  }

  @Override
  public @Nullable Report cancelReason() {
    return relay.queryTimeout().reason();
  }

  @Override
  public void errored() {
    failedSinceQuiet = true;
    relay.carried().errored();
  }

  @Override
  public boolean wantsErrors() {
    return relay.trace() != null;
  }

  @Override
  public void errored(String sqlState) {
    ClientTrace trace = relay.trace();
    if (trace != null) {
      trace.errored(sqlState);
    }
  }

  @Override
  public void statementsLost() {
    relay.requests().statements().lost();
  }

  @Override
  public void copyBegins() {
    PooledBackend backend = relay.backend();
    if (backend != null) {
      if (relay.lease().isWaiting()) {
        relay.goOnLater(); // the client's data doesn't wait for what it is copied by
      }
      relay.unforeseen().copyBegins(backend);
    }
  }

  @Override
  public void ready(boolean transactionEnded) {
    PooledBackend backend = relay.backend();
    boolean owesNothing = backend != null && backend.owed().isEmptyForClient();
    relay.traffic().ready(transactionEnded, owesNothing);
    relay.queryTimeout().ready();
    if (transactionEnded) {
      relay.frontend().transactionEnded();
      if (relay.effects().takeChangesNames()) {
        pool.changes().defined();
      }
    }
    if (owesNothing) {
      relay.effects().texts().areKnown();
      relay.requests().statements().answered(failedSinceQuiet);
      if (transactionEnded) {
        relay.requests().statements().definitions().transactionEnded();
      }
      failedSinceQuiet = false;
    }
    relay.lease().ready(transactionEnded);
    if (backend != null) {
      relay.unforeseen().ready(backend, transactionEnded, owesNothing);
    }
  }

  @Override
  public void settled() {
    PooledBackend backend = relay.backend();
    if (backend == null) {
      return;
    }
    if (!relay.requests().isInBatch()) {
      // In a batch that has begun, the next message is part of the next transaction already.
      relay.passage().transactionEnded();
      relay.requests().statements().transactionEnded();
    }
    relay.lease().settled(backend);
    relay.frontend().flush();
    if (relay.memory().isExceeded()) {
      relay.fail(relay.memory().refusal("the parameters that were set").asFatal());
      return;
    }
    listener.betweenTransactions();
    leaveOutdated(backend);
  }

  /** The client's message may have waited for this question alone. */
  @Override
  public void answered() {
    relay.lease().answers().have();
  }

  @Override
  public void outdated() {
    PooledBackend backend = relay.backend();
    if (backend != null) {
      leaveOutdated(backend);
    }
  }

  /**
   * A pool sees to its backends itself; the client's own is left where another can replace it, once
   * the server has said that functions have left nothing there.
   */
  private void leaveOutdated(PooledBackend backend) {
    RestorableState restorable = relay.carried().restorable();
    if (backend.standing().isOutdated()
        && !pool.isShared()
        && !asksWhatIsLeft
        && restorable != null
        && isReplaceable()) {
      asksWhatIsLeft = true;
      LeftStateQuestion.ask(
          backend,
          restorable.parameters().asMap().keySet(),
          left -> {
            if (left) {
              restorable.lose();
            }
            // Behind all that the answer sets off.
            backend.channel().eventLoop().execute(() -> leave(backend));
          });
    }
  }

  private void leave(PooledBackend backend) {
    asksWhatIsLeft = false;
    if (relay.backend() == backend && isReplaceable()) {
      relay.lease().lost();
      pool.leave(backend);
    }
  }

  @Override
  public void backendClosed(boolean reportPossible, boolean explained) {
    UnforeseenSwitch unforeseen = relay.unforeseen();
    if (!relay.isEnded() && unforeseen.isLettingOut()) {
      unforeseen.whenOut(() -> backendClosed(true, explained));
      relay.lease().lost();
      return;
    }
    if (isReplaceable()) {
      lastWords = null;
      relay.lease().lost();
      return;
    }
    Report said = lastWords;
    if (said != null && !relay.isEnded()) {
      relay.frontend().write(said.encode(relay.frontend().channel().alloc()));
    }
    boolean withheld = unforeseen.isUnderWay();
    boolean possible = withheld ? unforeseen.isAtBoundary(null) : reportPossible;
    relay.lease().lost();
    if (!relay.isEnded()) {
      listener.backendClosed(possible, said != null || (explained && !withheld));
    }
  }

  @Override
  public boolean keepsLastWords(Report report) {
    limitReached = report.is(SqlState.IDLE_SESSION_TIMEOUT);
    if (!isReplaceable()) {
      return false;
    }
    lastWords = report;
    return true;
  }

  /** Whether the client's own backend may be lost without the client's noticing. */
  private boolean isReplaceable() {
    PooledBackend backend = relay.backend();
    RestorableState restorable = relay.carried().restorable();
    return restorable != null
        && !limitReached
        && restorable.isRestorable()
        && backend != null
        && pool.replacesLost()
        && !relay.isEnded()
        && relay.server().isGated()
        && relay.lease().isOutsideTransaction()
        && !relay.unforeseen().isUnderWay()
        && (relay.requests().isDone() || relay.requests().isPaused());
  }
}
