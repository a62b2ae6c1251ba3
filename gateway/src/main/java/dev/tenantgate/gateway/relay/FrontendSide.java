package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.memory.ClientMemory;
import dev.tenantgate.gateway.memory.OutboundMemory;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.TransactionStatus;
import dev.tenantgate.gateway.traffic.ClientTraffic;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a {@link Relay}: what is written to it and when that is sent, how far it and
 * the backend are read, and how much of it all there was. Event-loop confined.
 */
final class FrontendSide {

  /** Answers that a client may be waiting for before it is read on. */
  private static final int MOST_OWED = 4096;

  private final Channel channel;
  private final ClientMemory memory;
  private final OutboundMemory outbound;
  private final Runnable again;
  private final RelayMeter meter;
  private final ClientTraffic traffic;
  private boolean unflushed;
  private @Nullable ByteBuf ready;

  /** The client's transaction, where no backend is lent. */
  private TransactionStatus status = TransactionStatus.IDLE;

  private long bytes;
  private long transactions;

  /**
   * Makes it.
   *
   * @param again reads on, when there is memory again
   */
  FrontendSide(Channel channel, RelayMeter meter, ClientTraffic traffic, Runnable again) {
    this.channel = channel;
    this.memory = ClientMemory.of(channel);
    this.outbound = OutboundMemory.of(channel);
    this.again = again;
    this.meter = meter;
    this.traffic = traffic;
  }

  Channel channel() {
    return channel;
  }

  // ---- what it is sent

  void write(ByteBuf message) {
    writeReadyBefore();
    unflushed = true;
    channel.write(message, channel.voidPromise());
  }

  /** Sends what was written, if anything was since the last time. */
  void flush() {
    if (unflushed) {
      writeReadyBefore();
      unflushed = false;
      outbound.flush();
    }
  }

  /** Writes what a backend has sent, which is read no further if the client can't take it. */
  void forward(ByteBuf run, @Nullable PooledBackend backend) {
    write(run);
    if (!channel.isWritable()) {
      flush();
      throttle(backend);
    }
  }

  /** Refuses what no backend has got. */
  void refuse(Report refusal) {
    traffic.refused(refusal.sqlState());
    write(refusal.encode(channel.alloc()));
  }

  /** A ReadyForQuery of our own, where no backend is lent; those of one read share a buffer. */
  void writeReady() {
    traffic.readyHere();
    ready().writeByte('Z').writeInt(5).writeByte(status.code());
  }

  private ByteBuf ready() {
    unflushed = true;
    ByteBuf answers = ready;
    if (answers == null) {
      answers = channel.alloc().buffer(64);
      ready = answers;
    }
    return answers;
  }

  /** Each ReadyForQuery of our own says this of the transaction from now on. */
  void isIn(TransactionStatus now) {
    status = now;
  }

  /**
   * The answer to a Query of one command, where no backend is lent.
   *
   * @param tag the command's
   */
  void writeDone(String tag) {
    ByteBuf answers = ready();
    answers.writeByte(BackendMessage.COMMAND_COMPLETE).writeInt(Integer.BYTES + tag.length() + 1);
    ByteBufUtil.writeAscii(answers, tag);
    answers.writeByte(0);
    writeReady();
  }

  /** The session ends: what was written is left to whoever flushes last. */
  void end() {
    writeReadyBefore();
  }

  private void writeReadyBefore() {
    ByteBuf message = ready;
    if (message != null) {
      ready = null;
      channel.write(message, channel.voidPromise());
    }
  }

  /** Tells it, at once, that it waits for a backend. */
  void tellWait(String text) {
    write(Report.notice(text, null).encode(channel.alloc()));
    flush();
  }

  // ---- how far both sides are read

  /** A backend is read as long as the client can take what it sends. */
  void throttle(@Nullable PooledBackend backend) {
    if (backend != null) {
      backend.setAutoRead(channel.isWritable());
    }
  }

  /** The client is read unless what came waits already, or the backend takes no more. */
  void readAsMuchAsCanBeTaken(Requests requests, @Nullable PooledBackend backend) {
    boolean full = requests.isPaused() && requests.unreadBytes() > Requests.MOST_UNREAD_BYTES;
    boolean stuck = backend != null && !backend.isWritable();
    boolean read = !full && !stuck && !isBehind(backend);
    memory.holds(requests.keptBytes());
    read = memory.mayRead(again) && read;
    if (channel.config().isAutoRead() != read) {
      channel.config().setAutoRead(read);
    }
  }

  /**
   * A client that sends on and on and doesn't read makes neither its answers pile up nor the list
   * of those that are owed.
   */
  private boolean isBehind(@Nullable PooledBackend backend) {
    return backend == null ? !channel.isWritable() : backend.owed().size() > MOST_OWED;
  }

  // ---- how much it was

  /** A backend has sent so many bytes for it, withheld or not. */
  void received(int more) {
    bytes += more;
  }

  void transactionEnded() {
    transactions++;
  }

  void sentToBackend(long more) {
    meter.toBackend(more);
    traffic.sent(more);
  }

  /** The client gets what there is, and it is counted. */
  void flushAndCount() {
    flush();
    count();
  }

  /** Counts what has come since the last time. */
  void count() {
    meter.toFrontend(bytes, transactions);
    traffic.received(bytes);
    bytes = 0;
    transactions = 0;
  }
}
