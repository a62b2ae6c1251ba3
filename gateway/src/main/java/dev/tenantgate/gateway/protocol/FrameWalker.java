package dev.tenantgate.gateway.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Walks over a stream of frames that is forwarded as it arrives, where some frames have to be read,
 * replaced or left out. A subclass says how much of a frame's body it wants to see together ({@link
 * #wantedBytes}); the rest of the frame streams. Forwarded bytes keep their buffers: a read of
 * which nothing is left out is emitted as it came.
 *
 * <p>Copies only frames that are cut by the end of a read and of which something is wanted, up to
 * what is wanted. Owns the buffers read until they are emitted or dropped. Event-loop confined.
 */
public abstract class FrameWalker {

  /** From {@link #frame}: the whole frame is emitted. */
  public static final int FORWARD = 0;

  /** From {@link #frame}: nothing of the frame is emitted. */
  public static final int DROP = Integer.MAX_VALUE;

  /** From {@link #frame}: not now; the walk goes on with this frame when resumed. */
  public static final int PAUSE = -1;

  /** From {@link #frame}: all up to the frame's end has been emitted already. */
  public static final int EMITTED = -2;

  private static final int HEADER_BYTES = 5;

  /** The first buffer for the beginning of a frame; it grows as bytes arrive. */
  private static final int FIRST_CUT_BYTES = 256;

  private final ByteBufAllocator allocator;

  /** The beginning of a frame of which more is wanted; null if there is none. */
  private @Nullable ByteBuf cut;

  /** How many bytes the cut frame needs before it is shown. */
  private int cutWanted;

  /** Bytes of the current frame that are still to come, and what becomes of them. */
  private int remaining;

  private boolean dropping;

  /** Whether the rest of the current frame is shown as it streams. */
  private boolean watched;

  private boolean paused;
  private boolean walking;
  private boolean closed;
  private @Nullable Deque<ByteBuf> unread;

  // Where the walk stands within the buffer at hand.
  private @Nullable ByteBuf current;
  private int runStart;
  private int frameStart;
  private int frameEnd;

  protected FrameWalker(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  /**
   * How many bytes of a frame's body are to be there when {@link #frame} is called, at most {@code
   * bodyBytes}.
   */
  protected abstract int wantedBytes(byte type, int bodyBytes);

  /**
   * A frame has come, with as much of its body as was wanted.
   *
   * @param in holds the frame's beginning; not to be changed or kept
   * @param at index of its type byte
   * @return {@link #FORWARD}, {@link #DROP}, {@link #PAUSE}, {@link #EMITTED}, or how many of its
   *     first bytes are left out, no more than header and what was wanted
   */
  protected abstract int frame(byte type, ByteBuf in, int at, int bodyBytes);

  /** Whether those of this type behind one that was forwarded go on by their lengths alone. */
  protected boolean repeats(byte type) {
    return false;
  }

  /** The body of the frame at hand, which is forwarded, is shown to {@link #passing}. */
  public final void watch() {
    watched = true;
  }

  /**
   * The next part of a watched frame's body has come, and isn't emitted yet.
   *
   * @return whether it goes on; if not, its end is never emitted
   */
  protected boolean passing(ByteBuf in, int at, int bytes, boolean last) {
    return true;
  }

  /** Takes what is to be forwarded; the callee owns it. */
  protected abstract void emit(ByteBuf run);

  /**
   * Goes over what was read, and owns it.
   *
   * @throws ProtocolViolation at a length that can't be
   */
  public final void read(ByteBuf in) {
    if (closed) {
      in.release();
    } else if (paused || walking) {
      keep(in, false);
    } else {
      process(in);
    }
  }

  /** Goes on where it paused. */
  public final void resume() {
    if (walking || closed) {
      return;
    }
    paused = false;
    while (!paused && !closed && unread != null && !unread.isEmpty()) {
      process(unread.removeFirst());
    }
  }

  public final boolean isPaused() {
    return paused;
  }

  /** Whether the next byte to be emitted begins a frame. */
  public final boolean atBoundary() {
    return remaining == 0;
  }

  /** Whether everything that was read has been walked over, to the end of a frame. */
  public final boolean isDone() {
    return remaining == 0 && cut == null && (unread == null || unread.isEmpty());
  }

  /** How much memory is taken by what was read and can't go on yet. */
  public final int keptBytes() {
    return (cut == null ? 0 : cut.capacity()) + unreadBytes();
  }

  /** How many bytes wait until the walk goes on. */
  public final int unreadBytes() {
    int bytes = 0;
    if (unread != null) {
      for (ByteBuf buffer : unread) {
        bytes += buffer.readableBytes();
      }
    }
    return bytes;
  }

  /** Drops what has been read and not walked over, and whatever is read from now on. */
  public final void close() {
    closed = true;
    paused = true;
    if (cut != null) {
      cut.release();
      cut = null;
    }
    while (unread != null && !unread.isEmpty()) {
      unread.removeFirst().release();
    }
  }

  /** Emits all that stands before the frame at hand, so that something else may be put there. */
  public final void emitBefore() {
    emitUpTo(frameStart);
  }

  /** Emits all up to the end of the frame at hand, which must be there to its end. */
  protected final void emitThrough() {
    emitUpTo(frameEnd);
  }

  private void emitUpTo(int end) {
    ByteBuf in = current;
    if (in == null || end == runStart) {
      return;
    }
    if (end == in.writerIndex()) {
      in.readerIndex(runStart);
      current = null;
      emit(in);
    } else {
      emit(in.retainedSlice(runStart, end - runStart));
    }
    runStart = end;
  }

  private void process(ByteBuf in) {
    walking = true;
    try {
      if (cut == null || completed(in)) {
        walk(in);
      }
    } finally {
      walking = false;
    }
  }

  /** Whether the cut frame has been shown and the walk may go on in the buffer. */
  private boolean completed(ByteBuf in) {
    try {
      if (!fillCut(in)) {
        in.release();
        return false;
      }
      ByteBuf head = Objects.requireNonNull(cut);
      cut = null;
      walk(head);
    } catch (RuntimeException e) {
      in.release();
      throw e;
    }
    if (closed || !in.isReadable()) {
      in.release();
      return false;
    }
    if (paused && unread != null) {
      // Behind the head, which was kept just now, and before all else.
      ByteBuf head = unread.removeFirst();
      keep(in, true);
      keep(head, true);
      return false;
    }
    return true;
  }

  /** Whether the cut frame has all that is wanted of it now. */
  private boolean fillCut(ByteBuf in) {
    ByteBuf head = Objects.requireNonNull(cut);
    while (true) {
      int missing = cutWanted - head.readableBytes();
      int step = Math.min(missing, in.readableBytes());
      head.writeBytes(in, step);
      if (step < missing) {
        return false;
      }
      int wanted = want(head);
      if (wanted <= cutWanted) {
        return true;
      }
      cutWanted = wanted;
    }
  }

  /** Header and body that a frame is shown with, from its header. */
  private int want(ByteBuf header) {
    int at = header.readerIndex();
    byte type = header.getByte(at);
    int body = FrameCursor.bodyBytes(type, header.getInt(at + 1));
    return HEADER_BYTES + Math.min(body, wantedBytes(type, body));
  }

  private void walk(ByteBuf in) {
    current = in;
    runStart = in.readerIndex();
    int at = runStart;
    int end = in.writerIndex();
    try {
      while (at < end && !closed) {
        int next = remaining > 0 ? passOver(at, end) : step(in, at, end);
        if (next < 0) {
          return;
        }
        at = next;
      }
      emitUpTo(at);
    } finally {
      if (current != null) {
        current.release();
        current = null;
      }
    }
  }

  private void show(int at, int bytes, boolean last) {
    ByteBuf in = current;
    if (in != null && !passing(in, at, bytes, last)) {
      dropping = true;
    }
    watched &= !last;
  }

  private int passOver(int at, int end) {
    int step = Math.min(remaining, end - at);
    if (watched) {
      show(at, step, step == remaining);
    }
    remaining -= step;
    if (dropping) {
      frameStart = at;
      emitBefore();
      runStart = at + step;
    }
    return at + step;
  }

  /** One frame; the index behind what is there of it, or -1 if the walk ends here. */
  private int step(ByteBuf in, int at, int end) {
    int available = end - at;
    frameStart = at;
    if (available < HEADER_BYTES) {
      cut(in, at, end, HEADER_BYTES);
      return -1;
    }
    byte type = in.getByte(at);
    int body = FrameCursor.bodyBytes(type, in.getInt(at + 1));
    int wanted = HEADER_BYTES + Math.min(body, wantedBytes(type, body));
    if (available < wanted) {
      cut(in, at, end, wanted);
      return -1;
    }
    int here = body >= available - HEADER_BYTES ? available : HEADER_BYTES + body;
    frameEnd = at + here;
    int verdict = frame(type, in, at, body);
    if (verdict == PAUSE) {
      pauseAt(at, end);
      return -1;
    }
    remaining = body - (here - HEADER_BYTES);
    dropping = verdict == DROP;
    if (watched) {
      show(at + HEADER_BYTES, here - HEADER_BYTES, remaining == 0);
      if (dropping) {
        emitUpTo(at);
        runStart = at + here;
      }
    }
    if (verdict > 0) {
      emitUpTo(at);
      runStart = verdict == DROP ? at + here : at + verdict;
    }
    int next = at + here;
    boolean runs = verdict == FORWARD && remaining == 0 && repeats(type);
    return current == null ? -1 : runs ? passRun(in, type, next, end) : next;
  }

  /** Passes over whole frames of one type; the index behind the last. */
  private static int passRun(ByteBuf in, byte type, int from, int end) {
    int at = from;
    while (end - at >= HEADER_BYTES && in.getByte(at) == type) {
      int body = FrameCursor.bodyBytes(type, in.getInt(at + 1));
      if (body > end - at - HEADER_BYTES) {
        break;
      }
      at += HEADER_BYTES + body;
    }
    return at;
  }

  private void cut(ByteBuf in, int at, int end, int wanted) {
    ByteBuf head = allocator.buffer(Math.max(FIRST_CUT_BYTES, end - at));
    head.writeBytes(in, at, end - at);
    cut = head;
    cutWanted = wanted;
    if (at > runStart) {
      emit(in.retainedSlice(runStart, at - runStart));
    }
    runStart = end;
  }

  private void pauseAt(int at, int end) {
    paused = true;
    emitBefore();
    ByteBuf in = current;
    if (in != null) {
      in.setIndex(at, end);
      current = null;
      keep(in, true);
    }
  }

  private void keep(ByteBuf in, boolean first) {
    if (closed) {
      in.release();
      return;
    }
    if (unread == null) {
      unread = new ArrayDeque<>(2);
    }
    if (first) {
      unread.addFirst(in);
    } else {
      unread.addLast(in);
    }
  }
}
