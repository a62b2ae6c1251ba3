package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.connect.AbandonedQuery;
import dev.tenantgate.gateway.connect.LoggedInBackend;
import dev.tenantgate.gateway.connect.UnfinishedQuery;
import dev.tenantgate.gateway.memory.OutboundMemory;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
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

  private final BackendSettings settings = new BackendSettings(this);
  private final DiscardedStatements discarded = new DiscardedStatements(this, statements);
  private final CancelRequests cancels;
  private @Nullable LeaseHolder lessee;
  private final BackendSequences sequences = new BackendSequences(this);
  private final AtomicInteger shownAs = new AtomicInteger();
  private @Nullable LeaseHolder unnamedOwner;
  private long unnamedSerial;
  private long batch;
  private boolean outworn;

  private boolean unflushed;

  public PooledBackend(LoggedInBackend backend, BackendOwner owner, Standing standing) {
    this.channel = backend.channel();
    this.outbound = OutboundMemory.of(channel);
    this.cancelKey = backend.cancelKey();
    this.owner = owner;
    this.standing = standing;
    this.cancels = new CancelRequests(this, owner, cancelKey);
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

  /** The replies that it owes; the writer of a message that is answered adds to them. */
  public ReplyQueue owed() {
    return owed;
  }

  /** The statements prepared on it. */
  public BackendStatements statements() {
    return statements;
  }

  /** The parameters of its session. */
  public BackendSettings settings() {
    return settings;
  }

  /** How it loses all its statements. */
  public DiscardedStatements discarded() {
    return discarded;
  }

  /** The requests to cancel what runs on it. */
  public CancelRequests cancels() {
    return cancels;
  }

  /** The owner of the sequences' values in its session. */
  public BackendSequences sequences() {
    return sequences;
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

  /** Sends a question of the gateway's own; without an answer nobody gets the backend next. */
  public void ask(String sql, Runnable done) {
    unnamedOwner = null;
    owed.add(new Question(this, done));
    write(FrontendMessage.query(channel.alloc(), sql));
  }

  static final class Question extends Reply.Exchange {

    private final PooledBackend backend;
    private final Runnable then;

    Question(PooledBackend backend, Runnable then) {
      super(1);
      this.backend = backend;
      this.then = then;
    }

    @Override
    protected void error(Report report) {
      backend.retire();
    }

    @Override
    protected void done() {
      then.run();
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

  /** The copied data that the server takes. */
  public CopiedData copied() {
    return replies.copied();
  }

  /** Whether the server skips what is sent now, up to a Sync that hasn't been sent yet. */
  public boolean isSkipping() {
    return replies.isSkipping();
  }

  /**
   * Nobody gets it after its holder. A Query in the middle of a batch leaves PostgreSQL 18 in a
   * state in which its next transaction fails ("unexpected state STARTED"), whosever that is.
   */
  public void retire() {
    outworn = true;
  }

  boolean isRetired() {
    return outworn;
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
   * Its holder has left: it is recovered, as far as that is possible in some seconds, and given
   * back then. The last message that was sent to it has to be whole.
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
    cancels.send(done);
  }

  // ---- what its pool does with it

  public @Nullable LeaseHolder lessee() {
    return lessee;
  }

  public void lendTo(@Nullable LeaseHolder next) {
    lessee = next;
    if (next != null) {
      shownAs.lazySet(next.processId());
    }
  }

  /** The process number that its holder, or the last one, was told. On any thread. */
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
