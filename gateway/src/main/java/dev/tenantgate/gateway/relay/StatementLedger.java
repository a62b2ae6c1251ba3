package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.protocol.TransactionStatus;
import dev.tenantgate.gateway.scan.EffectSize;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.scan.SessionSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a session has asked for and not yet been answered, where its transaction stands, and what
 * its answered statements have made of its parameters. The messages up to a ReadyForQuery are one
 * exchange; within it, completions come in the order of the statements.
 *
 * <p>Event-loop confined.
 */
final class StatementLedger {

  private final byte idle = TransactionStatus.IDLE.code();
  private final PendingEffects pending = new PendingEffects();
  private final SessionSettings settings = new SessionSettings();
  private final PreparedEffects prepared;
  private final SessionMemory memory;

  /** What the effects and the settings take of it. */
  private int keptBytes;

  private final ExchangeEnds ends = new ExchangeEnds();

  /** Exchanges whose end was sent. */
  private long sent;

  /** Exchanges that a client may have sent and not been answered before it is read on. */
  private static final int MOST_UNANSWERED = 4096;

  /** Bytes of their effects, likewise. */
  private static final int MOST_UNANSWERED_BYTES = 1 << 20;

  /** Executes sent in the exchange that isn't ended yet. */
  private int executes;

  /** Messages of the extended protocol sent in the exchange that isn't ended yet. */
  private int extended;

  /** A Query stands behind messages of the extended protocol, and no Sync was sent since. */
  private boolean behindBatch;

  /** An error has come in the exchange that is being answered. */
  private boolean failed;

  /** Whether messages were sent since the last that ends an exchange. */
  private boolean open;

  /** Whether the last of them is a Flush: the server answers them. */
  private boolean flushed;

  /** Exchanges that were answered by a ReadyForQuery. */
  private long answered;

  /** Statements completed in the exchange that is being answered. */
  private int completed;

  private byte status = idle;
  private long transactions;
  private boolean lastWasError;
  private boolean terminated;

  /** Both sides copy at once: a walsender streams what is written. */
  private boolean streaming;

  /** Of a session that keeps things in that memory. */
  StatementLedger(SessionMemory memory) {
    this.memory = memory;
    this.prepared = new PreparedEffects(memory);
  }

  /** Whether so much is unanswered that the client shouldn't be read on. */
  boolean isFarBehind() {
    return sent - answered > MOST_UNANSWERED
        || pending.size() > MOST_UNANSWERED
        || pending.bytes() > MOST_UNANSWERED_BYTES;
  }

  /** Whether there is memory for effects that aren't answered yet. */
  boolean hasRoom(List<SessionEffect> effects) {
    return effects.isEmpty() || memory.hasRoom(EffectSize.of(effects));
  }

  private void count() {
    int now = pending.bytes() + settings.bytes();
    if (now != keptBytes) {
      memory.keep((long) now - keptBytes, 0);
      keptBytes = now;
    }
  }

  // ---- what the frontend sends

  /** A message of the extended protocol goes out. */
  void extended() {
    open = true;
    flushed = false;
    extended++;
  }

  /** A Query begins to go out, whose end isn't there yet. */
  void begins() {
    open = true;
    flushed = false;
  }

  /** A Flush goes out. */
  void flush() {
    flushed = true;
  }

  /** A Close goes out, which begins no transaction. */
  void close() {
    extended++;
  }

  /** An Execute goes out. */
  void execute(List<SessionEffect> effects) {
    extended();
    for (int i = 0; i < effects.size(); i++) {
      pending.add(effects.get(i), sent, executes);
      prepared.sent(effects.get(i), sent);
    }
    executes++;
    count();
  }

  /** A simple Query goes out. */
  void query(ScannedQuery query) {
    for (ScannedQuery.Step step : query.steps()) {
      int place = executes + step.statement();
      for (SessionEffect effect : prepared.resolved(List.of(step.effect()), sent)) {
        pending.add(effect, sent, place);
        prepared.sent(effect, sent);
      }
    }
    count();
    endQuery();
  }

  /** A FunctionCall goes out, or a Query without effects. */
  void endQuery() {
    behindBatch |= extended > 0;
    ends.query(extended);
    endExchange();
  }

  /** A Sync goes out. */
  void sync() {
    if (!ends.isCopying()) {
      behindBatch = false;
      ends.sync();
      endExchange();
    }
  }

  private void endExchange() {
    sent++;
    executes = 0;
    extended = 0;
    open = false;
  }

  /** A CopyDone or a CopyFail goes out. */
  void copyEnds() {
    ends.copyEnds();
  }

  void terminate() {
    terminated = true;
  }

  // ---- what the backend sends

  /** A CommandComplete, an EmptyQueryResponse or a PortalSuspended. */
  void completed() {
    lastWasError = false;
    ends.answered();
    completed++;
    SessionEffect effect;
    while ((effect = pending.takeAnswered(answered, completed)) != null) {
      settings.apply(effect);
    }
    count();
  }

  /** The answer to another message of the extended protocol. */
  void answeredMessage() {
    lastWasError = false;
    ends.answered();
  }

  /** A CopyInResponse. */
  void copyBegins() {
    lastWasError = false;
    ends.copyBegins();
  }

  /** A CopyBothResponse. */
  void streamBegins() {
    lastWasError = false;
    streaming = true;
  }

  void error() {
    lastWasError = true;
    failed = true;
    ends.error(extended);
    pending.dropThrough(answered);
    settings.failed();
    count();
  }

  void other() {
    lastWasError = false;
  }

  void ready(byte newStatus) {
    lastWasError = false;
    streaming = false;
    int exchanges = ends.ready();
    pending.dropThrough(answered + Math.max(0, exchanges - 1));
    answered = Math.min(sent, answered + exchanges);
    prepared.answered(answered - 1, failed);
    failed = false;
    completed = 0;
    status = newStatus;
    settings.ready(TransactionStatus.ofCode(newStatus));
    count();
    if (newStatus == idle) {
      transactions++;
      if (isQuiet()) {
        prepared.transactionEnded();
      }
    }
  }

  // ---- questions

  /** Whether the session is between transactions and waits for nothing. */
  boolean isIdle() {
    return isQuiet() && status == idle;
  }

  /** Whether nothing was sent that isn't answered. */
  boolean isQuiet() {
    return sent == answered && !open;
  }

  /**
   * Whether it is the client's turn: a transaction, a batch or copied data lack their end. Of a
   * batch without a Flush the server keeps its answers, so that nobody can tell.
   */
  boolean waitsForClient() {
    if (streaming || sent != answered) {
      return !streaming && isCopying();
    }
    return open
        ? !flushed || failed || isCopying() || ends.answeredMessages() >= extended
        : status != idle;
  }

  /** Whether an exchange was begun and not ended yet. */
  boolean isOpen() {
    return open;
  }

  /** Whether a stream of replication is under way, which ends no sooner than somebody ends it. */
  boolean isStreaming() {
    return streaming;
  }

  /** Whether every exchange that was ended is answered. */
  boolean owesNothing() {
    return sent == answered;
  }

  /** Whether the transaction block has failed. */
  boolean isFailed() {
    return status == TransactionStatus.FAILED.code();
  }

  /** Whether the server runs nothing of what is sent until there is a Sync: an error came first. */
  boolean isPassingOver() {
    return ends.isPassingOver();
  }

  /** Whether the server has asked for copied data, whose end wasn't sent yet. */
  boolean isCopying() {
    return ends.isCopying();
  }

  /** Whether the message of the extended protocol that was sent last can't be skipped. */
  boolean isFirst() {
    return extended == 1 && !behindBatch;
  }

  /** The number of the exchange that is being sent. */
  long exchange() {
    return sent;
  }

  /** The number of the exchange that is being answered. */
  long answering() {
    return answered;
  }

  /**
   * Whether nobody needs to be told why the backend closes the connection: the last thing that it
   * said was an error, or the frontend has asked for the end.
   */
  boolean endIsExplained() {
    return lastWasError || terminated;
  }

  /** Transactions that ended since this was last asked. */
  long takeTransactions() {
    long ended = transactions;
    transactions = 0;
    return ended;
  }

  PreparedEffects prepared() {
    return prepared;
  }

  /** As the answered statements have left it. */
  SessionSettings settings() {
    return settings;
  }

  /** As it will be once all that was sent has succeeded. */
  SessionSettings expected() {
    if (pending.isEmpty()) {
      return settings.copy();
    }
    SessionSettings expected = settings.copy();
    pending.forEach(expected::apply);
    return expected;
  }

  /** Whether no parameter was ever changed and none is about to be. */
  boolean isUnchanged() {
    return settings.isUnchanged() && !pending.changeParameters();
  }

  /** Whether an effect can change a parameter only by ending a transaction that did. */
  static boolean isTransactionControl(@Nullable SessionEffect effect) {
    return effect != null && effect.kind().isTransactionControl();
  }
}
