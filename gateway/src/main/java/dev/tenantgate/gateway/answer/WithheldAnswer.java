package dev.tenantgate.gateway.answer;

import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.tenant.Refusal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to an exchange that may have taken the session where nobody could foresee: kept until
 * it is known where the session is, so that no row of a tenant that lags gets out. A short one is
 * kept in memory, a longer one in a file; then it goes to the client as fast as that takes it.
 *
 * <pre>
 *  OFF ──begin──► KEEPING ──letOut──► LETTING_OUT ──all is out──► OFF
 *                    ▲                     │ but for an exchange that began behind it
 *                    └─────────────────────┘
 * </pre>
 *
 * <p>Owns the bytes that it keeps. Event-loop confined.
 */
public final class WithheldAnswer implements AnswerFile.Listener {

  /** More isn't kept in memory, and less where all answers together have too much there. */
  public static final int MOST_BYTES = 256 * 1024;

  private enum Stage {
    OFF,
    KEEPING,
    LETTING_OUT
  }

  /** The session that the answer is for. */
  public interface Owner {

    /** The client gets this next; owned by the callee. */
    void write(ByteBuf part);

    void flush();

    /** Whether the client takes more at the moment. */
    boolean isWritable();

    /** Whether the backend is to be read may be another answer now: {@link #isFull}. */
    void roomChanged();

    /** The answer can't be kept any more. */
    void failed(Refusal refusal);
  }

  private final AnswerFiles files;
  private final EventLoop eventLoop;
  private final Owner owner;
  private final List<ByteBuf> kept = new ArrayList<>();
  private final RowCount found = new RowCount();
  private Stage stage = Stage.OFF;
  private @Nullable AnswerFile file;
  private @Nullable Runnable whenOut;

  /** The answers to messages that prepare, of an answer that is in a file. */
  private @Nullable ByteBuf preparation;

  /** From this position on, the file isn't let out yet. */
  private long heldFrom = Long.MAX_VALUE;

  private boolean atBoundary = true;
  private long exchange;
  private long rows;
  private int bytes;

  public WithheldAnswer(AnswerFiles files, EventLoop eventLoop, Owner owner) {
    this.files = files;
    this.eventLoop = eventLoop;
    this.owner = owner;
  }

  /**
   * Begins to keep what comes.
   *
   * @param unforeseen the number of the exchange
   * @param boundary whether what the client was sent so far ends with a whole message
   */
  public void begin(long unforeseen, boolean boundary) {
    AnswerFile before = file;
    if (stage == Stage.OFF) {
      stage = Stage.KEEPING;
    } else if (stage == Stage.LETTING_OUT && before != null && heldFrom == Long.MAX_VALUE) {
      heldFrom = before.appended();
    } else {
      exchange = unforeseen;
      return;
    }
    startOver(boundary);
    exchange = unforeseen;
  }

  private void startOver(boolean boundary) {
    atBoundary = boundary;
    rows = 0;
    found.begin();
  }

  /** Whether what comes is kept. */
  public boolean isActive() {
    return stage != Stage.OFF;
  }

  /** Whether it is on its way to the client, which is to get nothing else. */
  public boolean isLettingOut() {
    return stage == Stage.LETTING_OUT;
  }

  /** Whether the backend isn't to be read for now. */
  public boolean isFull() {
    return stage == Stage.LETTING_OUT || (file != null && file.isBehind());
  }

  /** Whether a message of our own may stand where the client's stream has been stopped. */
  public boolean isAtBoundary() {
    return stage == Stage.OFF || (stage == Stage.KEEPING && atBoundary);
  }

  /** A DataRow has come, of this exchange. */
  public void row(long answering) {
    if (answering >= exchange) {
      rows++;
    }
  }

  /** Whether there is more in it than a single value, which a function that switches returns. */
  public boolean hasRows() {
    return rows > 1;
  }

  /** Keeps the next part, and owns it. */
  public void keep(ByteBuf part) {
    found.add(part);
    int more = part.readableBytes();
    if (file == null && (bytes + more > MOST_BYTES || !files.reserveMemory(more))) {
      spill();
    }
    if (file == null) {
      kept.add(part);
      bytes += more;
      return;
    }
    file.append(part);
    if (isFull()) {
      owner.roomChanged();
    }
  }

  private void spill() {
    preparation = copyOfPreparation();
    AnswerFile opened = files.open(eventLoop, this);
    file = opened;
    kept.forEach(opened::append);
    keepsNone();
  }

  /** Whether all that is kept stands before the exchange in question. */
  public boolean isBefore(long answering) {
    return stage == Stage.KEEPING && answering < exchange;
  }

  /**
   * Lets out all that is kept, and keeps no more.
   *
   * @param done runs once the client has all of it, at once perhaps
   */
  public void letOut(Runnable done) {
    if (file == null) {
      stage = Stage.OFF;
      writeKept();
      done.run();
      return;
    }
    heldFrom = Long.MAX_VALUE;
    whenOut = done;
    stage = Stage.LETTING_OUT;
    goOn();
  }

  /**
   * Lets out what is kept so far, and goes on keeping.
   *
   * @param boundary whether that ends with a whole message
   */
  public void letOutSoFar(boolean boundary) {
    startOver(boundary);
    if (file == null) {
      writeKept();
    } else if (stage == Stage.KEEPING) {
      heldFrom = file.appended();
      stage = Stage.LETTING_OUT;
      goOn();
    }
  }

  private void writeKept() {
    kept.forEach(owner::write);
    keepsNone();
  }

  private void keepsNone() {
    kept.clear();
    files.freeMemory(bytes);
    bytes = 0;
  }

  /** The client may take more. */
  public void goOn() {
    AnswerFile from = file;
    if (stage != Stage.LETTING_OUT || from == null || from.isReading()) {
      return;
    }
    long end = Math.min(heldFrom, from.appended());
    if (from.readTo() < end) {
      if (owner.isWritable()) {
        from.read(end, this::wasRead);
      }
    } else if (heldFrom < Long.MAX_VALUE) {
      stage = Stage.KEEPING;
      heldFrom = Long.MAX_VALUE;
      told();
    } else {
      closeFile();
      stage = Stage.OFF;
      told();
    }
  }

  private void wasRead(ByteBuf chunk) {
    owner.write(chunk);
    owner.flush();
    goOn();
  }

  private void told() {
    Runnable done = whenOut;
    whenOut = null;
    if (done != null) {
      done.run();
    }
    owner.roomChanged();
  }

  @Override
  public void written() {
    owner.roomChanged();
  }

  @Override
  public void failed(Refusal refusal) {
    owner.failed(refusal);
  }

  /** Lets go of everything: the client gets nothing of it. */
  public void release() {
    drop();
    stage = Stage.OFF;
    whenOut = null;
  }

  /** Forgets what is kept, which the client never gets, and goes on. */
  public void drop() {
    kept.forEach(ByteBuf::release);
    keepsNone();
    closeFile();
  }

  private void closeFile() {
    if (file != null) {
      file.close();
      file = null;
    }
    if (preparation != null) {
      preparation.release();
      preparation = null;
    }
    heldFrom = Long.MAX_VALUE;
  }

  /**
   * Whether there is more among what is kept than a single value, by looking at it; it has to begin
   * at a message.
   */
  public boolean holdsRows() {
    return found.rows() > 1;
  }

  /**
   * The answers to the messages that prepare a statement, up to the first that has run. The caller
   * owns the buffer.
   */
  public ByteBuf copyOfPreparation() {
    if (preparation != null) {
      return preparation.copy();
    }
    ByteBuf all = Unpooled.buffer(Math.max(1, bytes));
    for (ByteBuf part : kept) {
      all.writeBytes(part, part.readerIndex(), part.readableBytes());
    }
    int end = 0;
    while (end + RowCount.HEADER_BYTES <= all.writerIndex() && isPreparation(all.getByte(end))) {
      end = (int) Math.min(all.writerIndex(), end + 1L + all.getInt(end + 1));
    }
    return all.writerIndex(end);
  }

  private static boolean isPreparation(byte type) {
    return switch (type) {
      case BackendMessage.PARSE_COMPLETE,
          BackendMessage.BIND_COMPLETE,
          BackendMessage.CLOSE_COMPLETE,
          BackendMessage.NO_DATA,
          BackendMessage.ROW_DESCRIPTION,
          RowCount.PARAMETER_DESCRIPTION ->
          true;
      default -> false;
    };
  }
}
