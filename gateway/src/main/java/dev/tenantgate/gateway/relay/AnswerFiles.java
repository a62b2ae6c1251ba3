package dev.tenantgate.gateway.relay;

import io.netty.channel.EventLoop;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Temporary files for answers that have to be kept and are too long for memory. They are written
 * and read by one thread of their own, so that a slow disk holds up no event loop; all together
 * take a bounded part of the disk. Thread-safe.
 */
public final class AnswerFiles {

  private final Executor disk;
  private final AtomicLong bytes = new AtomicLong();
  private final LongSupplier mostBytes;

  /**
   * Makes none yet.
   *
   * @param disk a single thread that may wait for the disk
   * @param mostBytes what all files may take together; asked each time
   */
  public AnswerFiles(Executor disk, LongSupplier mostBytes) {
    this.disk = disk;
    this.mostBytes = mostBytes;
  }

  /** A file, on disk as soon as something is in it. */
  AnswerFile open(EventLoop eventLoop, AnswerFile.Listener listener) {
    return new AnswerFile(this, eventLoop, listener);
  }

  /** What all files take now. */
  public long bytes() {
    return bytes.get();
  }

  long mostBytes() {
    return mostBytes.getAsLong();
  }

  /** Whether a file may grow; then it counts. */
  boolean reserve(long more) {
    if (bytes.addAndGet(more) <= mostBytes()) {
      return true;
    }
    bytes.addAndGet(-more);
    return false;
  }

  void free(long less) {
    bytes.addAndGet(-less);
  }

  /**
   * Has the disk's thread run something, behind all before it.
   *
   * @throws RejectedExecutionException once the gateway has ended
   */
  Executor disk() {
    return disk;
  }
}
