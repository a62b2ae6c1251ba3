package dev.tenantgate.gateway.answer;

import dev.tenantgate.gateway.memory.Bound;
import io.netty.channel.EventLoop;
import io.netty.util.internal.PlatformDependent;
import java.util.List;
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

  /** All answers together have at most so much in memory: an eighth of that for buffers. */
  private static final long MOST_MEMORY = PlatformDependent.maxDirectMemory() / 8;

  private final AtomicLong memory = new AtomicLong();
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

  /** The bytes in all files now. */
  public long bytes() {
    return bytes.get();
  }

  long mostBytes() {
    return mostBytes.getAsLong();
  }

  /** Whether an answer may have so many bytes more in memory; then they count. */
  boolean reserveMemory(int more) {
    if (memory.addAndGet(more) <= MOST_MEMORY) {
      return true;
    }
    memory.addAndGet(-more);
    return false;
  }

  void freeMemory(int less) {
    memory.addAndGet(-less);
  }

  /** Bounds and use, for metrics. */
  public List<Bound> metered() {
    return List.of(
        new Bound("withheld_bytes", () -> MOST_MEMORY, memory::get),
        new Bound("withheld_file_bytes", mostBytes, bytes::get));
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
