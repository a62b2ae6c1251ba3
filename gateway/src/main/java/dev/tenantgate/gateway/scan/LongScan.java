package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Scans one session's long texts, one after the other. The session's message waits meanwhile.
 *
 * <pre>
 *  NONE ──find──► QUEUED ──► GRANTED ──find──► LOOKING ──► FOUND ──used──► NONE
 * </pre>
 *
 * <p>Event-loop confined.
 *
 * @param <T> what is found
 */
public final class LongScan<T> {

  private enum Stage {
    NONE,
    QUEUED,
    GRANTED,
    LOOKING,
    FOUND,
    ENDED
  }

  private final LongScans scans;
  private final Executor eventLoop;
  private final Runnable goOn;
  private final Consumer<Throwable> broken;
  private Stage stage = Stage.NONE;
  private @Nullable T found;

  /**
   * Of a session.
   *
   * @param eventLoop the session's
   * @param goOn has its message looked at again
   * @param broken takes why nothing can be found
   */
  public LongScan(LongScans scans, Executor eventLoop, Runnable goOn, Consumer<Throwable> broken) {
    this.broken = broken;
    this.scans = scans;
    this.eventLoop = eventLoop;
    this.goOn = goOn;
  }

  /**
   * The finding in the text of the message at hand; null if the message has to wait for it.
   *
   * @param look finds it, on another thread, in a copy
   */
  public @Nullable T find(ByteBuf in, int at, int bytes, Function<ByteBuf, T> look) {
    if (stage == Stage.NONE) {
      stage = Stage.QUEUED;
      if (scans.ask(() -> eventLoop.execute(this::granted))) {
        stage = Stage.GRANTED;
      }
    }
    if (stage == Stage.GRANTED) {
      stage = Stage.LOOKING;
      ByteBuf copy = Unpooled.wrappedBuffer(ByteBufUtil.getBytes(in, at, bytes, true));
      scans.run(() -> look(copy, look));
    }
    return found;
  }

  private void granted() {
    if (stage == Stage.QUEUED) {
      stage = Stage.GRANTED;
      goOn.run();
    } else {
      scans.done();
    }
  }

  /** Called on another thread. */
  private void look(ByteBuf text, Function<ByteBuf, T> look) {
    try {
      T result = look.apply(text);
      eventLoop.execute(() -> looked(result));
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
      eventLoop.execute(() -> broken.accept(e));
    } finally {
      scans.done();
    }
  }

  private void looked(T result) {
    if (stage == Stage.LOOKING) {
      found = result;
      stage = Stage.FOUND;
      goOn.run();
    }
  }

  /** The message has gone on. */
  public void used() {
    if (stage == Stage.FOUND) {
      stage = Stage.NONE;
      found = null;
    }
  }

  /** The session ends. */
  public void end() {
    if (stage == Stage.GRANTED) {
      scans.done();
    }
    stage = Stage.ENDED;
    found = null;
  }
}
