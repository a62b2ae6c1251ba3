package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.connect.UnfinishedQuery;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.settings.SessionSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Brings a backend back whose client has left in the middle of a transaction, a batch or copied
 * data, so that the next one gets it: nothing is committed by that which the client's own
 * disconnect wouldn't have committed.
 *
 * <pre>
 *  begin ──batch without Sync──► a message that fails, Sync ──► answers ──► ROLLBACK ──► DISCARD ALL
 *        ──copied data──► CopyFail ─────────────────────────────┘  (where a transaction  (where state
 *        ──otherwise────────────────────────────────────────────┘   is open)              is left)
 * </pre>
 *
 * <p>Takes {@link #GRACE_MILLIS}. A statement that still runs then is cancelled if its work would
 * be rolled back all the same, for {@link #CANCEL_MILLIS} more. One that would be committed goes on
 * at the server, without this connection. Event-loop confined.
 */
final class BackendRecovery implements LeaseHolder, UnfinishedQuery {

  static final long GRACE_MILLIS = 2_000;
  static final long CANCEL_MILLIS = 3_000;

  private static final String FAILS = "the client has left tenantgate";

  private final PooledBackend backend;
  private final boolean unsynced;
  private final boolean doubtful;
  private ScheduledFuture<?> timeout;
  private boolean rollingBack;
  private final List<Runnable> afterwards = new ArrayList<>(1);

  /** The query that goes on at the server without this connection; null for none. */
  private @Nullable UnfinishedQuery successor;

  /** The connection ends, or has been given back. */
  private boolean over;

  /**
   * Prepares it.
   *
   * @param unsynced whether the client has sent messages that a Sync was to follow
   * @param doubtful whether state may be left behind the transaction that isn't known
   */
  BackendRecovery(PooledBackend backend, boolean unsynced, boolean doubtful) {
    this.backend = backend;
    this.unsynced = unsynced;
    this.doubtful = doubtful;
    this.timeout = later(GRACE_MILLIS, this::takesLong);
  }

  private ScheduledFuture<?> later(long millis, Runnable task) {
    return backend.channel().eventLoop().schedule(task, millis, TimeUnit.MILLISECONDS);
  }

  void begin() {
    backend.setAutoRead(true);
    if (unsynced || backend.copied().isTaken()) {
      failCopy(); // which the server passes over where it copies nothing
    }
    if (unsynced) {
      failBatch();
    }
    next();
    backend.flush();
  }

  private ByteBufAllocator allocator() {
    return backend.channel().alloc();
  }

  /** The server fails the batch, so that the Sync commits nothing of it. */
  private void failBatch() {
    ByteBuf out = allocator().buffer(64);
    out.writeByte(FrontendMessage.PARSE).writeInt(4 + 1 + FAILS.length() + 1 + 2).writeByte(0);
    out.writeCharSequence(FAILS, StandardCharsets.US_ASCII);
    out.writeByte(0).writeShort(0);
    backend.unnamedIs(null, 0);
    backend.write(out.writeByte(FrontendMessage.SYNC).writeInt(4));
    backend
        .owed()
        .add(backend.copied().takeEnded() ? Reply.Plain.SYNC_BEHIND_COPY : Reply.Plain.SYNC_READY);
    backend.batchEnds();
  }

  private void failCopy() {
    backend.write(
        allocator()
            .buffer(64)
            .writeByte(FrontendMessage.COPY_FAIL)
            .writeInt(4 + FAILS.length() + 1)
            .writeBytes(FAILS.getBytes(StandardCharsets.US_ASCII))
            .writeByte(0));
    backend.copied().ends();
  }

  /** All has been answered: the transaction is ended, then what is left, then the lease. */
  private void next() {
    if (over || !backend.owed().isEmpty() || backend.copied().isTaken()) {
      return;
    }
    if (!backend.isBetweenTransactions()) {
      if (rollingBack) {
        giveUp();
        return;
      }
      rollingBack = true;
      query("ROLLBACK");
      backend.owed().add(Reply.Plain.QUERY_READY);
    } else if (doubtful) {
      over = true;
      discardAll();
    } else {
      end();
      backend.giveBack();
    }
  }

  /** Nothing runs here any more. */
  private void end() {
    over = true;
    timeout.cancel(false);
    afterwards.forEach(Runnable::run);
    afterwards.clear();
  }

  private void query(String sql) {
    backend.unnamedIs(null, 0);
    backend.write(FrontendMessage.query(allocator(), sql));
    backend.flush();
  }

  private void discardAll() {
    backend.statements().takeAll();
    backend.owed().add(new Discard());
    query("DISCARD ALL");
  }

  /** The session is as a fresh one, or the connection ends. */
  private final class Discard extends Reply.Exchange {

    private boolean failed;

    Discard() {
      super(1);
    }

    @Override
    protected void error(Report report) {
      failed = true;
    }

    @Override
    protected void done() {
      end();
      if (failed) {
        backend.discard();
      } else {
        backend.settings().setTo(SessionSettings.NONE);
        backend.giveBack();
      }
    }
  }

  // ---- the bound

  private void takesLong() {
    if (isRolledBackAnyway()) {
      timeout = later(CANCEL_MILLIS, this::giveUp);
      backend.cancel(() -> {});
    } else {
      leaveToServer();
    }
  }

  /** A statement that would be committed goes on, and can be cancelled still. */
  private void leaveToServer() {
    over = true;
    timeout.cancel(false);
    UnfinishedQuery rest = backend.abandon();
    successor = rest;
    if (rest == null) {
      end();
    } else {
      rest.whenOver(this::end);
    }
  }

  /** Whether nothing of what runs would be committed if it was let run. */
  private boolean isRolledBackAnyway() {
    int readies = backend.owed().readies();
    return !backend.isInBlock() ? unsynced && readies <= 1 : readies <= 1;
  }

  private void giveUp() {
    end();
    backend.discard();
  }

  // ---- the lease

  /** The client has left before the server asked for its data. */
  @Override
  public void copyBegins() {
    if (backend.copied().isTaken()) {
      failCopy();
      backend.flush();
    }
  }

  @Override
  public void ready(boolean transactionEnded) {
    if (!transactionEnded) {
      next();
    }
  }

  @Override
  public void settled() {
    next();
  }

  @Override
  public void answered() {
    next();
  }

  @Override
  public void backendClosed(boolean reportPossible, boolean explained) {
    end();
  }

  // ---- the client's key, which is good as long

  @Override
  public void cancel(Runnable done) {
    backend
        .channel()
        .eventLoop()
        .execute(
            () -> {
              UnfinishedQuery rest = successor;
              if (rest != null) {
                rest.cancel(done);
              } else if (over) {
                done.run();
              } else {
                backend.cancel(done);
              }
            });
  }

  @Override
  public void whenOver(Runnable task) {
    if (over && successor == null) {
      task.run();
    } else {
      afterwards.add(task);
    }
  }

  @Override
  public Object tenant() {
    return backend.standing().tenant();
  }

  @Override
  public SessionSettings settings() {
    return backend.settings().current();
  }

  @Override
  public void granted(PooledBackend granted) {
    throw new IllegalStateException("nobody waits for a backend here");
  }

  @Override
  public void refused(Report report) {
    throw new IllegalStateException("nobody waits for a backend here");
  }
}
