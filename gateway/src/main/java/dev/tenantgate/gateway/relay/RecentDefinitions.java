package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.routines.PendingDefinitions;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.SessionEffect;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Definitions of late that may lead a session elsewhere, by this client or by another of the
 * gateway: until the database's routines have been looked at, any statement may run it. Event-loop
 * confined.
 *
 * <p>A definition in a transaction block concerns its own session alone, until the block may end.
 */
final class RecentDefinitions {

  /** The server may go on so long with what a client has sent that is gone. */
  private static final long ABANDONED_SECONDS = 2;

  private enum Stage {
    /** The client's transaction defines nothing that leads anywhere. */
    NONE,
    /** It does, in a block that goes on. */
    WITHIN,
    /** It does, and others may see it. */
    SHOWN
  }

  private final Relay relay;
  private final Requests requests;

  /** Of all clients; null where nothing of the session is gated. */
  private final @Nullable PendingDefinitions all;

  private final Runnable judgeAnew;
  private Stage stage = Stage.NONE;

  /** Up to here all that was prepared or opened before has been judged anew. */
  private long judgedAt;

  /**
   * Of a client.
   *
   * @param judgeAnew runs when what the client has prepared may lead elsewhere than before
   */
  RecentDefinitions(Relay relay, Requests requests, Runnable judgeAnew) {
    this.relay = relay;
    this.requests = requests;
    this.all = relay.passage().gate().definitions();
    this.judgeAnew = judgeAnew;
    this.judgedAt = all == null ? 0 : all.changes();
  }

  /** Whether a statement that goes out now may run some of it. */
  boolean mayBeRun() {
    PendingDefinitions known = all;
    return known != null
        && (stage != Stage.NONE || judgedAt != known.changes() || known.arePending());
  }

  /** The same of one with these effects: a definition by itself runs nothing. */
  boolean mayBeRunBy(List<SessionEffect> effects) {
    return mayBeRun() && (effects.size() != 1 || effects.get(0).kind() != EffectKind.DEFINITION);
  }

  /** The client's next message is here: what it has prepared is judged by what is known now. */
  void judge() {
    PendingDefinitions known = all;
    if (known != null && judgedAt != known.changes() && !known.arePending() && isQuiet()) {
      judgedAt = known.changes();
      judgeAnew.run();
    }
  }

  /** Whether nothing is open, and everything is answered. */
  private boolean isQuiet() {
    PooledBackend backend = relay.backend();
    return stage == Stage.NONE
        && !requests.isUnsynced()
        && (backend == null || (!backend.isInBlock() && backend.owed().isEmptyForClient()));
  }

  /** A statement with such an effect goes out. */
  void note(EffectKind kind, PooledBackend backend) {
    if (kind == EffectKind.DEFINITION) {
      define(backend);
    } else if (stage == Stage.WITHIN && kind.mayCommit()) {
      show();
    }
  }

  /** A statement goes out that defines what may lead elsewhere. */
  void define(PooledBackend backend) {
    if (all == null) {
      return;
    }
    if (stage == Stage.NONE) {
      stage = Stage.WITHIN;
    }
    if (!backend.isInBlock() || !backend.owed().isEmpty()) {
      show();
    }
  }

  private void show() {
    if (all != null && stage != Stage.SHOWN) {
      stage = Stage.SHOWN;
      all.begin();
    }
  }

  /** All that the client has sent is answered, and no transaction is open. */
  void transactionEnded() {
    if (all != null && stage != Stage.NONE) {
      show();
      stage = Stage.NONE;
      all.end();
    }
  }

  /** The client leaves, whatever the server still does. */
  void end() {
    if (all != null && stage != Stage.NONE) {
      show();
      stage = Stage.NONE;
      EventLoop eventLoop = relay.frontend().channel().eventLoop();
      eventLoop.schedule(all::end, ABANDONED_SECONDS, TimeUnit.SECONDS);
    }
  }
}
