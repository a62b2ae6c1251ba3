package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.FrameCursor;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a relay as a stream of frames: passes on what arrives as it arrives, uncopied,
 * except for the frames that somebody wants to see before they go on. Of those it waits for as many
 * bytes as are wanted; the frame is then passed on, dropped, or stops the stream, which keeps it
 * and all behind it until {@link #resume}.
 *
 * <p>A buffer of frames that nobody wants is passed on as it is. Copied are only a wanted frame
 * that is split over reads, a header that is, and what waits while the stream is stopped.
 *
 * <p>Owns what it is given until it passes it on. Event-loop confined.
 */
abstract class FrameStream {

  private static final int HEADER_BYTES = 5;

  /** What becomes of a frame that was looked at. */
  enum Fate {
    /** It goes on. */
    PASS,
    /** It is left out, with what of it is still to come. */
    DROP,
    /** It waits, with all behind it; looked at again when the stream is resumed. */
    STOP
  }

  private final ByteBufAllocator allocator;

  /** Bytes of the current frame that go on unseen. */
  private long passing;

  /** Whether the current frame is shown as it goes on. */
  private boolean watched;

  /** Bytes of the current frame that are left out. */
  private long dropping;

  /** What has arrived and not gone on; begins at a frame, or is within one that is passing. */
  private @Nullable ByteBuf waiting;

  /** So many bytes must wait before it is worth another look. */
  private long needed;

  private boolean stopped;
  private boolean busy;
  private boolean released;

  FrameStream(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  /**
   * A frame begins; called again for a frame that is wanted until enough of it is there.
   *
   * @return how many bytes of its body are wanted before it goes on; 0 passes it on unseen, and
   *     below 0 if it doesn't need a body to be decided
   */
  abstract int wanted(byte type, int bodyBytes);

  /**
   * As many bytes as were wanted are there.
   *
   * @param buffer not to be changed, indexes included
   * @param body index of the first byte of the body
   * @param bodyBytes length of the whole body
   */
  abstract Fate look(byte type, ByteBuf buffer, int body, int bodyBytes);

  /** A frame was left out; all before it has been passed on, so that something may stand there. */
  abstract void dropped(byte type);

  /** The frame at hand, which goes on, is shown to {@link #goesOn} from its type byte on. */
  final void watch() {
    watched = true;
  }

  /**
   * The next part of a watched frame, which hasn't gone on yet.
   *
   * @return whether it goes on; if not, the stream stops there
   */
  boolean goesOn(ByteBuf buffer, int at, int bytes, boolean last) {
    return true;
  }

  /** Passes bytes on; the callee owns the buffer. */
  abstract void pass(ByteBuf bytes);

  /** Whether the next byte begins a frame, so that a message of our own may stand here. */
  final boolean atBoundary() {
    return passing == 0;
  }

  final boolean isStopped() {
    return stopped;
  }

  /** Bytes that have arrived and not gone on. */
  final int waitingBytes() {
    return waiting == null ? 0 : waiting.readableBytes();
  }

  /**
   * Takes what has arrived.
   *
   * @throws ProtocolViolation at a length that can't be
   */
  final void feed(ByteBuf in) {
    if (released) {
      in.release();
      return;
    }
    if (waiting == null && !stopped) {
      process(in, false);
      return;
    }
    append(in);
    if (!stopped && waitingBytes() >= needed) {
      processWaiting();
    }
  }

  /** Stops before the next frame. */
  final void stop() {
    stopped = true;
  }

  /** Goes on after a stop. */
  final void resume() {
    stopped = false;
    // Within a frame's own look the stream goes on by itself.
    if (!busy && waiting != null) {
      processWaiting();
    }
  }

  /** Lets go of what waits, and of all that comes. */
  final void release() {
    released = true;
    if (waiting != null) {
      waiting.release();
      waiting = null;
    }
  }

  private void append(ByteBuf in) {
    if (waiting == null) {
      waiting = allocator.buffer(Math.max(256, in.readableBytes()));
    }
    try {
      waiting.writeBytes(in);
    } finally {
      in.release();
    }
  }

  private void processWaiting() {
    ByteBuf all = waiting;
    waiting = null;
    if (all != null) {
      process(all, true);
    }
  }

  /** Walks over the frames; keeps what can't go on yet. */
  private void process(ByteBuf buffer, boolean ours) {
    busy = true;
    needed = 0;
    try {
      int from = buffer.readerIndex();
      int at = from;
      int end = buffer.writerIndex();
      while (at < end) {
        if (passing > 0) {
          int step = (int) Math.min(passing, end - at);
          if (watched) {
            watched = step < passing;
            if (!goesOn(buffer, at, step, !watched)) {
              stopped = true;
              break;
            }
          }
          passing -= step;
          at += step;
          continue;
        }
        if (dropping > 0) {
          int step = (int) Math.min(dropping, end - at);
          dropping -= step;
          at += step;
          from = at;
          continue;
        }
        if (stopped || end - at < HEADER_BYTES) {
          break;
        }
        byte type = buffer.getByte(at);
        Fate fate = next(buffer, at, end);
        if (fate == null || fate == Fate.STOP) {
          stopped |= fate == Fate.STOP;
          break;
        }
        long frameBytes = HEADER_BYTES + (long) bodyBytes(buffer, at);
        if (fate == Fate.PASS) {
          passing = frameBytes;
        } else {
          passSlice(buffer, from, at);
          from = at;
          dropping = frameBytes;
          dropped(type);
        }
      }
      finish(buffer, from, at, end, ours);
    } catch (ProtocolViolation e) {
      buffer.release();
      throw e;
    } finally {
      busy = false;
    }
  }

  /** What becomes of the frame at this index; null if too little of it is there to tell. */
  private @Nullable Fate next(ByteBuf buffer, int at, int end) {
    byte type = buffer.getByte(at);
    int bodyBytes = bodyBytes(buffer, at);
    if (bodyBytes < 0) {
      throw new ProtocolViolation(
          "message of type %s has an invalid length of %d bytes"
              .formatted(FrameCursor.describe(type), bodyBytes + 4));
    }
    int wanted = wanted(type, bodyBytes);
    if (wanted == 0) {
      return Fate.PASS;
    }
    if (end - at - HEADER_BYTES < Math.min(wanted, bodyBytes)) {
      needed = HEADER_BYTES + (long) Math.min(wanted, bodyBytes);
      return null;
    }
    return look(type, buffer, at + HEADER_BYTES, bodyBytes);
  }

  private static int bodyBytes(ByteBuf buffer, int at) {
    int length = buffer.getInt(at + 1);
    // Of a length below 4, negative ones included.
    return length < 4 ? Math.max(length, Integer.MIN_VALUE + 4) - 4 : length - 4;
  }

  private void passSlice(ByteBuf buffer, int from, int to) {
    if (to > from) {
      pass(buffer.retainedSlice(from, to - from));
    }
  }

  private void finish(ByteBuf buffer, int from, int at, int end, boolean ours) {
    boolean whole = from == buffer.readerIndex();
    if (whole && at == end) {
      pass(buffer);
      return;
    }
    if (ours && whole && at == from && waiting == null) {
      waiting = buffer;
      return;
    }
    passSlice(buffer, from, at);
    if (at < end) {
      keep(buffer, at, end);
    }
    buffer.release();
  }

  private void keep(ByteBuf buffer, int at, int end) {
    ByteBuf kept = allocator.buffer(Math.max(256, end - at));
    kept.writeBytes(buffer, at, end - at);
    ByteBuf later = waiting;
    if (later != null) {
      // Fed from within: behind what is kept here.
      kept.writeBytes(later);
      later.release();
    }
    waiting = kept;
  }
}
