package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.backend.Reply.Plain;
import dev.tenantgate.gateway.protocol.FrameCursor;
import dev.tenantgate.gateway.protocol.FrameWalker;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one client. The first of a transaction waits for a backend, those that name
 * statements are translated, the others pass as they are. Where no backend is lent, a message that
 * needs none is answered here; after an error all are skipped up to the next Sync, as PostgreSQL
 * does. Event-loop confined.
 */
final class Requests extends FrameWalker {

  /** A client that is waiting is read so far ahead. */
  static final int MOST_UNREAD_BYTES = 64 * 1024;

  /** A query's text is looked at whole up to this size; beyond, as it streams. */
  static final int MOST_TEXT_BYTES = 1 << 20;

  /** The names in a Bind stand in its first bytes. */
  static final int MOST_NAME_BYTES = 4096;

  private final Relay relay;

  private final Statements statements;
  private final DeferredBegin deferred;
  private final PredictedEnd end = new PredictedEnd();

  /** After an error that no backend knows of, until the next Sync. */
  private boolean skipping;

  /** Extended-query messages have gone out that no Sync has followed yet. */
  private boolean inBatch;

  /** A Query ended the batch, and the Sync is still to come. */
  private boolean behindBatch;

  /** The message at hand is the first of its batch: nothing can make the server skip it. */
  private boolean beginsBatch;

  /** Batches that were ended. */
  private long batches;

  /** A Flush follows all that has gone out: the server answers. */
  private boolean flushed;

  private long bytesToBackend;

  Requests(Relay relay, ByteBufAllocator allocator) {
    super(allocator);
    this.relay = relay;
    this.deferred = new DeferredBegin(relay, this);
    this.statements =
        relay.server().isShared()
            ? new SharedStatements(relay, this)
            : new VerbatimStatements(relay, this);
  }

  @Override
  protected boolean passing(ByteBuf in, int at, int bytes, boolean last) {
    return statements.passing(in, at, bytes, last);
  }

  /** The client's messages that have a text, or name a statement or a portal. */
  Statements statements() {
    return statements;
  }

  /** The transaction that has begun for the client alone. */
  DeferredBegin deferred() {
    return deferred;
  }

  boolean isInBatch() {
    return inBatch;
  }

  /** Whether a Flush follows all that has gone out. */
  boolean isFlushed() {
    return flushed;
  }

  /** The end of the transaction, as far as it is foreseen. */
  PredictedEnd predictedEnd() {
    return end;
  }

  /** Whether the transaction ends with all that was sent so far; said once. */
  boolean endsTransaction() {
    return end.take() && isDone();
  }

  /** Whether the message at hand is the first of its batch. */
  boolean beginsBatch() {
    return beginsBatch;
  }

  /**
   * The number of the batch, which ends with a Sync or with a Query that stands alone: all of one
   * that follows an error is skipped, and the next isn't.
   */
  long batch() {
    return batches;
  }

  /** Whether messages were sent that a Sync is to follow: an error has the server skip up to it. */
  boolean isUnsynced() {
    return inBatch || behindBatch;
  }

  boolean isSkipping() {
    return skipping;
  }

  /** Whether a Query ended a batch of extended-query messages whose Sync is still to come. */
  boolean isBehindBatch() {
    return behindBatch;
  }

  /** A batch of reads has ended; how many bytes went out is counted once for it. */
  long takeBytes() {
    long bytes = bytesToBackend;
    bytesToBackend = 0;
    return bytes;
  }

  @Override
  protected int wantedBytes(byte type, int bodyBytes) {
    FrontendMessage.requireLength(type, bodyBytes);
    statements.definitions().judge();
    return type == FrontendMessage.FUNCTION_CALL
        ? Math.min(bodyBytes, Integer.BYTES)
        : statements.wantedBytes(type, bodyBytes);
  }

  @Override
  protected void emit(ByteBuf run) {
    PooledBackend backend = relay.backend();
    if (backend == null) {
      run.release();
      return;
    }
    bytesToBackend += run.readableBytes();
    backend.write(run);
    if (!backend.isWritable()) {
      backend.flush();
    }
  }

  @Override
  protected int frame(byte type, ByteBuf in, int at, int bodyBytes) {
    if (relay.isWaiting() || relay.unforeseen().holdsBack(type)) {
      return PAUSE;
    }
    statements.describeLast(type, in, at, bodyBytes);
    return switch (type) {
      case FrontendMessage.QUERY,
          FrontendMessage.PARSE,
          FrontendMessage.BIND,
          FrontendMessage.DESCRIBE,
          FrontendMessage.CLOSE,
          FrontendMessage.EXECUTE,
          FrontendMessage.FUNCTION_CALL ->
          skipping ? DROP : requestWithText(type, in, at, bodyBytes);
      case FrontendMessage.SYNC -> {
        FrontendMessage.requireNoBody(type, bodyBytes);
        yield sync();
      }
      case FrontendMessage.FLUSH -> {
        FrontendMessage.requireNoBody(type, bodyBytes);
        relay.unforeseen().clientWaits();
        flushed = true;
        yield relay.backend() == null ? DROP : FORWARD;
      }
      case FrontendMessage.COPY_DATA -> relay.backend() == null ? DROP : FORWARD;
      case FrontendMessage.COPY_DONE, FrontendMessage.COPY_FAIL -> statements.copyEnds();
      case FrontendMessage.TERMINATE -> {
        emitBefore();
        relay.terminated();
        yield DROP;
      }
      default ->
          throw new ProtocolViolation(
              "invalid frontend message type " + FrameCursor.describe(type));
    };
  }

  /** Until the copied data ends, nothing else is said. */
  @Override
  protected boolean repeats(byte type) {
    return type == FrontendMessage.COPY_DATA;
  }

  private int sync() {
    PooledBackend backend = relay.backend();
    if (backend == null) {
      skipping = false;
      relay.frontend().writeReady();
      return DROP;
    }
    if (!backend.copied().isTaken()) {
      statements.batchEnds(backend);
      backend.owed().add(backend.copied().takeEnded() ? Plain.SYNC_BEHIND_COPY : Plain.SYNC_READY);
      backend.batchEnds();
      batches++;
      inBatch = false;
      behindBatch = false;
      relay.unforeseen().exchangeEnds(backend, false);
      relay.lease().answers().exchangeEnds();
      end.sync();
      if (statements.owesBehindSync()) {
        end.unknown();
        emitBefore();
        backend.write(FrontendMessage.sync(backend.channel().alloc()));
        statements.isSynced(backend);
        return DROP;
      }
    }
    return FORWARD;
  }

  /** The same once it is known what its text does. */
  private int requestWithText(byte type, ByteBuf in, int at, int bodyBytes) {
    boolean hasText = type == FrontendMessage.QUERY || type == FrontendMessage.PARSE;
    if (hasText && !statements.isTextKnown(type, in, at, bodyBytes)) {
      return PAUSE;
    }
    int verdict = request(type, in, at, bodyBytes);
    if (verdict != PAUSE) {
      statements.textIsUsed();
      if (type == FrontendMessage.PARSE) {
        relay.traffic().parsed();
      } else if (type == FrontendMessage.BIND) {
        relay.traffic().bound();
      }
    }
    return verdict;
  }

  private int request(byte type, ByteBuf in, int at, int bodyBytes) {
    statements.trace(type, in, at, bodyBytes);
    behindBatch &= relay.backend() != null;
    TransactionAdmission passage = relay.passage();
    Report refusal = passage.takeRefusal();
    if (refusal == null && relay.backend() == null && deferred.answers(type, in, at, bodyBytes)) {
      return DROP;
    }
    if (refusal == null
        && !passage.isWaiting()
        && !passage.isCurrent()
        && !passage.gate().isPaused()
        && statements.leave(type, in, at, bodyBytes)) {
      passage.leave();
    }
    if (refusal == null && !relay.lease().acquire()) {
      refusal = passage.takeRefusal();
      if (refusal == null) {
        return PAUSE;
      }
    }
    PooledBackend backend = relay.backend();
    if (refusal != null) {
      return backend == null ? refuse(type, refusal) : refuse(backend, type, refusal);
    }
    int verdict = backend == null ? PAUSE : deferred.send(backend, type);
    return verdict == FORWARD && backend != null
        ? request(backend, type, in, at, bodyBytes)
        : verdict;
  }

  /** The same where a backend is lent. */
  int request(PooledBackend backend, byte type, ByteBuf in, int at, int bodyBytes) {
    if (!isUnsynced()) {
      end.begins(backend.owed().isEmptyForClient(), backend.isInBlock());
    }
    int verdict = statements.begin(backend, type, in, at, bodyBytes, isUnsynced());
    if (verdict != FORWARD) {
      return verdict;
    }
    if (type == FrontendMessage.QUERY) {
      return statements.query(backend, in, at, bodyBytes);
    }
    if (type == FrontendMessage.FUNCTION_CALL) {
      return statements.functionCall(backend, in, at, bodyBytes);
    }
    beginsBatch = !isUnsynced();
    inBatch = true;
    flushed = false;
    return switch (type) {
      case FrontendMessage.PARSE -> statements.parse(backend, in, at, bodyBytes);
      case FrontendMessage.BIND -> statements.bind(backend, in, at, bodyBytes);
      case FrontendMessage.DESCRIBE -> statements.describe(backend, in, at, bodyBytes);
      case FrontendMessage.CLOSE -> statements.close(backend, in, at, bodyBytes);
      default -> statements.execute(backend, in, at, bodyBytes);
    };
  }

  /** Notes that a FunctionCall goes out. */
  void functionCallGoesOut(PooledBackend backend) {
    beginsQuery(backend);
    endsQuery(backend);
  }

  /** Notes that a Query goes out. */
  void queryGoesOut(PooledBackend backend) {
    queryGoesOut(backend, null);
  }

  /** The same for one whose answers come with something. */
  void queryGoesOut(PooledBackend backend, @Nullable Reply with) {
    beginsQuery(backend);
    statements.noteQuery(backend);
    if (with != null) {
      backend.owed().add(with);
    }
    endsQuery(backend);
  }

  private void beginsQuery(PooledBackend backend) {
    if (isUnsynced()) {
      end.unknown();
      backend.retire();
    }
  }

  private void endsQuery(PooledBackend backend) {
    batches += isUnsynced() ? 0 : 1;
    backend.owed().add(Plain.QUERY_READY);
    backend.batchEnds();
    relay.unforeseen().exchangeEnds(backend, isUnsynced());
    behindBatch = isUnsynced();
    inBatch = false;
    relay.lease().answers().exchangeEnds();
  }

  /** Refuses a message where no backend is lent. */
  int refuse(byte type, Report refusal) {
    deferred.refused();
    relay.frontend().refuse(refusal);
    if (RefusedMessage.isAnsweredLikeQuery(type)) {
      relay.frontend().writeReady();
    } else {
      skipping = true;
    }
    return DROP;
  }

  /**
   * Refuses a message where a backend is lent: the backend gets one that fails, so that both sides
   * agree on where the transaction stands, and the client is told our reason.
   */
  int refuse(PooledBackend backend, byte refused, Report refusal) {
    end.unknown();
    emitBefore();
    byte type = deferred.refused(backend, refused);
    boolean query = RefusedMessage.isAnsweredLikeQuery(type);
    if (query) {
      statements.noteQuery(backend);
    }
    backend.write(RefusedMessage.encode(type, backend.channel().alloc()));
    backend.owed().add(new Reply.Refusal(refusal, query));
    if (query) {
      endsQuery(backend);
    } else {
      inBatch = true;
    }
    return DROP;
  }

  /** The session ends: nothing that is read is gone on with. */
  void end() {
    close();
    deferred.end();
    statements.end();
  }
}
