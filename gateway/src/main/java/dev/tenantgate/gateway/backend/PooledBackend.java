package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.backend.Reply.Forgetting.By;
import dev.tenantgate.gateway.memory.OutboundMemory;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.settings.SettingsReadback;
import dev.tenantgate.gateway.settings.SettingsReplay;
import dev.tenantgate.gateway.statements.ClientStatements;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the server that is lent from transaction to transaction, with what is known about
 * the session at its other end. Passes what the server says on to who has the lease. Event-loop
 * confined.
 */
public final class PooledBackend extends ChannelInboundHandlerAdapter {

  private final Channel channel;
  private final OutboundMemory outbound;
  private final @Nullable CancelKey cancelKey;
  private final BackendOwner owner;
  private final ReplyQueue owed = new ReplyQueue();
  private final BackendStatements statements = new BackendStatements();
  private final BackendReplies replies;
  private final Standing standing;

  private SessionSettings settings = SessionSettings.NONE;

  /** What it was like when it was fresh; null until it has said so. */
  private @Nullable ServerProfile template;

  private @Nullable LeaseHolder lessee;
  private final BackendSequences sequences = new BackendSequences(this);
  private final AtomicInteger shownAs = new AtomicInteger();
  private @Nullable LeaseHolder unnamedOwner;
  private long unnamedSerial;
  private @Nullable LeaseHolder unknownOf;
  private long batch;
  private boolean outworn;

  /** By name, if it has reported them since its login. */
  private final Map<String, String> reported = new HashMap<>(4);

  private boolean unflushed;
  private boolean cancelled;
  private int cancelsUnderWay;
  private @Nullable Runnable onCancelled;

  public PooledBackend(LoggedInBackend backend, BackendOwner owner, Standing standing) {
    this.channel = backend.channel();
    this.outbound = OutboundMemory.of(channel);
    this.cancelKey = backend.cancelKey();
    this.owner = owner;
    this.standing = standing;
    this.replies = new BackendReplies(this, owed, statements, channel.alloc());
  }

  // ---- what its holder does with it

  public Channel channel() {
    return channel;
  }

  /** Its age, and the tenant that it counts for. */
  public Standing standing() {
    return standing;
  }

  /** Its process at the server; 0 if that isn't known. */
  public int processId() {
    return cancelKey == null ? 0 : cancelKey.processId();
  }

  /** What it still owes; who writes a message that is answered adds to it. */
  public ReplyQueue owed() {
    return owed;
  }

  /** The statements prepared on it. */
  public BackendStatements statements() {
    return statements;
  }

  /** Whose values of sequences its session holds. */
  public BackendSequences sequences() {
    return sequences;
  }

  /** What it was like when it was fresh; it has said so before anybody gets it. */
  public ServerProfile template() {
    return Objects.requireNonNull(template);
  }

  public void beganAs(ServerProfile fresh) {
    template = fresh;
  }

  /**
   * Takes a parameter's value as the server reports it.
   *
   * @return the value that it reported last; null if it never did
   */
  public @Nullable String reports(String name, String value) {
    String before = reported.put(name, value);
    return before == null && template != null ? template.parameters().get(name) : before;
  }

  /** What it is set to. */
  public SessionSettings settings() {
    return settings;
  }

  /** Notes what it has been found to be set to. */
  public void setTo(SessionSettings found) {
    settings = found;
  }

  /** Whether its unnamed statement is the one that a client has prepared under that number. */
  public boolean holdsUnnamed(LeaseHolder owner, long serial) {
    return unnamedOwner == owner && unnamedSerial == serial;
  }

  /** Notes whose unnamed statement it holds; null for nobody's. */
  public void unnamedIs(@Nullable LeaseHolder owner, long serial) {
    unnamedOwner = owner;
    unnamedSerial = serial;
  }

  /** The messages up to the next Sync or Query: an error skips what is left of them. */
  public long batch() {
    return batch;
  }

  public void batchEnds() {
    batch++;
  }

  public void write(ByteBuf message) {
    unflushed = true;
    channel.write(message, channel.voidPromise());
  }

  /** Sends what was written, if anything was since the last time. */
  public void flush() {
    if (unflushed) {
      unflushed = false;
      outbound.flush();
    }
  }

  /** Whether it takes more than what waits to be sent. */
  public boolean isWritable() {
    return channel.isWritable();
  }

  /** Whether it is read. */
  public void setAutoRead(boolean read) {
    if (channel.config().isAutoRead() != read) {
      channel.config().setAutoRead(read);
    }
  }

  /**
   * Writes what brings it to a client's settings, if anything has to be done for that.
   *
   * @param done runs when the server has answered to all
   * @return whether what the client sends may follow at once
   */
  public boolean bringTo(SessionSettings wanted, SettingsChange.Listener done) {
    if (settings.equals(wanted)) {
      settings = wanted; // the same object from now on: the next comparison is quicker
      return true;
    }
    SettingsReplay replay = new SettingsReplay(settings, wanted);
    settings = wanted;
    send(replay, done);
    return replay.isCertain();
  }

  /** Writes what sets parameters within a transaction, whatever is known about it otherwise. */
  public void set(SessionSettings values, SettingsChange.Listener done) {
    send(new SettingsReplay(SessionSettings.NONE, values), done);
  }

  private void send(SettingsReplay replay, SettingsChange.Listener done) {
    if (replay.isEmpty()) {
      return;
    }
    if (replay.endsUnnamedStatement()) {
      unnamedOwner = null;
    }
    owed.add(new SettingsChange(replay.readies(), done));
    write(replay.encode(channel.alloc(), replay.sets() && !statements.hasSetter()));
    if (replay.sets()) {
      statements.addSetter();
    }
  }

  /**
   * A statement goes out by which the server loses all its prepared statements, the gateway's own
   * among them.
   *
   * @param client the statements of the client that sends it, which are gone by that as well
   * @param inBatch the client's batch in which it goes out
   * @param all whether more than statements is gone
   * @param done runs once the server has done it
   */
  public void discardStatements(ClientStatements client, long inBatch, boolean all, Runnable done) {
    Discarded discarded =
        new Discarded(client, client.takeAll(inBatch), statements, statements.takeAll(), done);
    owed.add(new Reply.Forgetting(all ? By.DISCARD_ALL : By.DEALLOCATE_ALL, discarded));
  }

  /**
   * Some of the statements prepared here are gone: all are dropped, and made again when needed.
   *
   * @param all whether none was left, so that the client's own are gone as well
   * @param done runs when the server has answered
   */
  public void dropStatements(boolean all, Runnable done) {
    statements.lost(statements.takeAll());
    LeaseHolder holder = lessee;
    if (all && holder != null) {
      holder.statementsLost();
    }
    ask("DEALLOCATE ALL", done);
    flush();
  }

  /** A statement is prepared here, so that it shows if all are dropped. */
  public void keepStatement() {
    if (statements.size() > 0 || statements.hasSetter()) {
      return;
    }
    owed.add(
        new Reply.Exchange(1) {
          @Override
          protected void error(Report report) {
            retire();
          }

          @Override
          protected void done() {}
        });
    write(SettingsReplay.prepare(channel.alloc()));
    statements.addSetter();
  }

  /**
   * Parameters may be set here whose names nobody knows, by what its holder ran: they are that
   * one's, and are put back before another gets it.
   */
  public void mayHoldUnknown() {
    unknownOf = lessee;
  }

  /** Puts them back, unless they are of this lessee; all parameters are as fresh ones then. */
  public void clearUnknown(LeaseHolder next) {
    LeaseHolder owner = unknownOf;
    if (owner == null || owner == next) {
      return;
    }
    unknownOf = null;
    ask("RESET ALL", () -> {});
    SessionSettings left = SessionSettings.NONE;
    for (String name : SettingsReadback.UNLISTED) { // which it leaves
      left = left.with(name, settings.get(name));
    }
    settings = left;
  }

  private void ask(String sql, Runnable done) {
    unnamedOwner = null;
    owed.add(
        new Reply.Exchange(1) {
          @Override
          protected void error(Report report) {
            retire();
          }

          @Override
          protected void done() {
            done.run();
          }
        });
    write(FrontendMessage.query(channel.alloc(), sql));
  }

  /** The statements of a client's and a backend's, and what was taken out of them. */
  private record Discarded(
      ClientStatements client,
      ClientStatements named,
      BackendStatements backend,
      BackendStatements prepared,
      Runnable then)
      implements Reply.Forgetting.Outcome {

    @Override
    public void done() {
      client.lost(named);
      backend.lost(prepared);
      then.run();
    }

    @Override
    public void undone() {
      client.putBack(named);
      backend.putBack(prepared);
    }
  }

  /** Whether what it sent so far ends with a whole message. */
  public boolean atBoundary() {
    return replies.atBoundary();
  }

  /** Whether it is in no transaction and owes nothing. */
  public boolean isBetweenTransactions() {
    return owed.isEmpty() && replies.isIdle();
  }

  /** Whether a transaction block was open, or had failed, at the last ReadyForQuery. */
  public boolean isInBlock() {
    return !replies.isIdle();
  }

  /** Whether it does nothing until its transaction is rolled back. */
  public boolean isInFailedTransaction() {
    return replies.isFailed();
  }

  /** COPY data of the client ends here. */
  public void copyDataEnds() {
    replies.copyDataEnds();
  }

  /** Whether COPY data that the server hasn't asked for yet has ended since the last Sync. */
  public boolean takeCopyDataEnded() {
    return replies.takeCopyDataEnded();
  }

  /** Whether a Sync that is sent now is one that the server passes over. */
  public boolean takesCopyData() {
    return replies.takesCopyData();
  }

  /** Whether the server skips what is sent now, up to a Sync that hasn't been sent yet. */
  public boolean isSkipping() {
    return replies.isSkipping();
  }

  /** Whether what is under way is a stream of replication. */
  public boolean isStreaming() {
    return replies.isStreaming();
  }

  /**
   * Nobody gets it after its holder. A Query in the middle of a batch leaves PostgreSQL 18 in a
   * state in which its next transaction fails ("unexpected state STARTED"), whosever that is.
   */
  public void retire() {
    outworn = true;
  }

  /** Ends the lease; the next may begin at once. */
  public void giveBack() {
    assert owed.isEmpty();
    if (outworn) {
      owner.discard(this);
    } else {
      owner.giveBack(this);
    }
  }

  /**
   * Its holder has left: it is brought back, as far as that is possible in some seconds, and given
   * back then. What was sent to it so far has to end with a whole message.
   *
   * @param unsynced whether messages were sent that a Sync was to follow
   * @param doubtful whether state may be left that isn't known, or belongs to nobody any more
   * @return what it does meanwhile; null for nothing that could be cancelled
   */
  public @Nullable UnfinishedQuery recover(boolean unsynced, boolean doubtful) {
    if (outworn || !isUsable()) {
      return abandon();
    }
    BackendRecovery recovery = new BackendRecovery(this, unsynced, doubtful);
    lessee = recovery;
    recovery.begin();
    return recovery;
  }

  /** Whether the last ReadyForQuery told of no transaction. */
  public boolean isIdleAtReady() {
    return replies.isIdle();
  }

  /** Ends the lease and the connection: nobody can say what state it is in. */
  public void discard() {
    owner.discard(this);
  }

  /**
   * Ends the lease of a client that has left, and the connection.
   *
   * @return the client's query, if one is under way that can be cancelled
   */
  public @Nullable AbandonedQuery abandon() {
    CancelKey key = cancelKey;
    if (key == null) {
      discard();
      return null;
    }
    return owner.abandon(this, key);
  }

  /** Asks the server to cancel what runs here, for the lessee and nobody after it. */
  public void cancel(Runnable done) {
    CancelKey key = cancelKey;
    if (key == null) {
      done.run();
      return;
    }
    cancelled = true;
    cancelsUnderWay++;
    owner.forwardCancel(
        key,
        settled -> {
          done.run();
          channel.eventLoop().execute(() -> cancelDone(settled));
        });
  }

  /** What the server may still be told to cancel here must be nobody else's: the backend ends. */
  private void cancelDone(boolean settled) {
    outworn |= !settled;
    Runnable next = onCancelled;
    if (--cancelsUnderWay == 0 && next != null) {
      onCancelled = null;
      if (outworn) {
        channel.close();
      } else {
        next.run();
      }
    }
  }

  // ---- what its pool does with it

  /**
   * Whether the server was asked to cancel something here during the lease that ends; it is asked
   * once. The signal may come a moment after what it was meant for.
   */
  public boolean takeCancelled() {
    boolean was = cancelled;
    cancelled = false;
    return was;
  }

  /** Runs something as soon as the server has taken all cancel requests, or dropped them. */
  public void whenCancelled(Runnable next) {
    if (cancelsUnderWay == 0) {
      next.run();
    } else {
      onCancelled = next;
    }
  }

  public @Nullable LeaseHolder lessee() {
    return lessee;
  }

  public void lendTo(@Nullable LeaseHolder next) {
    lessee = next;
    if (next != null) {
      shownAs.lazySet(next.processId());
    }
  }

  /** What the client that has it, or had it last, was told to be its process. On any thread. */
  public int shownAs() {
    return shownAs.get();
  }

  public boolean isUsable() {
    return channel.isActive() && !replies.isBroken();
  }

  public void saidWhileIdle(Report report) {
    owner.endedWhileIdle(this, report);
  }

  // ---- the connection

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf buffer)) {
      ReferenceCountUtil.release(message);
      return;
    }
    try {
      replies.read(buffer);
    } catch (ProtocolViolation e) {
      replies.breakOff();
      owner.violated(this, e);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    LeaseHolder holder = lessee;
    if (holder != null) {
      holder.backendBatchEnded();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    LeaseHolder holder = lessee;
    if (holder != null) {
      holder.backendWritable(channel.isWritable());
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    LeaseHolder holder = lessee;
    boolean reportPossible = replies.atBoundary();
    replies.close();
    owner.closed(this);
    if (holder != null) {
      lessee = null;
      holder.backendClosed(reportPossible, replies.endIsExplained());
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    owner.failed(this, cause);
  }
}
