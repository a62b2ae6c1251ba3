package dev.tenantgate.gateway.answer;

import dev.tenantgate.gateway.tenant.Refusal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One answer on disk: written at its end, read once from its beginning. The file has no name once
 * it is open, so that nothing of it outlives the process. Event-loop confined, but for the disk's
 * thread, which alone touches the file.
 */
final class AnswerFile {

  /** More may wait to be written, and then no more should come. */
  private static final int MOST_UNWRITTEN_BYTES = 1 << 20;

  private static final int CHUNK_BYTES = 64 * 1024;

  /** SQLSTATE disk_full. */
  private static final String DISK_FULL = "53100";

  /** SQLSTATE io_error. */
  private static final String IO_ERROR = "58030";

  private final AnswerFiles files;
  private final EventLoop eventLoop;
  private final Listener listener;
  private long appended;
  private long readTo;
  private long unwritten;
  private boolean reading;
  private boolean failed;
  private boolean closed;

  /** The disk thread's. */
  private @Nullable FileChannel channel;

  /** The holder of the answer. Called on the event loop. */
  interface Listener {

    /** Some of what was given away is written: more may come. */
    void written();

    /** The answer can't be kept. Called once. */
    void failed(Refusal refusal);
  }

  AnswerFile(AnswerFiles files, EventLoop eventLoop, Listener listener) {
    this.files = files;
    this.eventLoop = eventLoop;
    this.listener = listener;
  }

  /** Bytes given to it so far. */
  long appended() {
    return appended;
  }

  /** Bytes read so far. */
  long readTo() {
    return readTo;
  }

  /** Whether a read is under way. */
  boolean isReading() {
    return reading;
  }

  /** Whether the disk is behind. */
  boolean isBehind() {
    return unwritten > MOST_UNWRITTEN_BYTES;
  }

  /** Takes the next part, and owns it. */
  void append(ByteBuf part) {
    int bytes = part.readableBytes();
    if (closed || failed || bytes == 0) {
      part.release();
      return;
    }
    if (!files.reserve(bytes)) {
      part.release();
      fail(tooLong());
      return;
    }
    appended += bytes;
    unwritten += bytes;
    ByteBuffer[] views = part.nioBuffers(); // made here: the buffer is the event loop's
    onDisk(
        () -> {
          IOException problem = null;
          try {
            write(views);
          } catch (IOException e) {
            problem = e;
          } finally {
            part.release();
          }
          IOException told = problem;
          eventLoop.execute(() -> written(bytes, told));
        },
        part);
  }

  private void write(ByteBuffer[] views) throws IOException {
    FileChannel file = channel;
    if (file == null) {
      Path path = Files.createTempFile("tenantgate-answer", null);
      file =
          FileChannel.open(
              path,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
      channel = file;
    }
    for (ByteBuffer view : views) {
      while (view.hasRemaining()) {
        file.write(view);
      }
    }
  }

  private void written(int bytes, @Nullable IOException problem) {
    unwritten -= bytes;
    if (problem != null) {
      fail(unusable(problem));
    } else if (!closed) {
      listener.written();
    }
  }

  /**
   * Reads on.
   *
   * @param end up to where at most, as {@link #appended} counts
   * @param then gets the bytes and owns them
   */
  void read(long end, Consumer<ByteBuf> then) {
    int bytes = (int) Math.min(CHUNK_BYTES, end - readTo);
    long from = readTo;
    reading = true;
    ByteBuf chunk = ByteBufAllocator.DEFAULT.directBuffer(bytes, bytes);
    onDisk(
        () -> {
          IOException problem = null;
          try {
            while (chunk.isWritable()) {
              FileChannel file = channel;
              if (file == null
                  || chunk.writeBytes(file, from + chunk.writerIndex(), chunk.writableBytes())
                      < 0) {
                throw new EOFException("the file ends");
              }
            }
          } catch (IOException e) {
            problem = e;
          }
          IOException told = problem;
          eventLoop.execute(() -> read(chunk, told, then));
        },
        chunk);
  }

  private void read(ByteBuf chunk, @Nullable IOException problem, Consumer<ByteBuf> then) {
    reading = false;
    if (closed || problem != null) {
      chunk.release();
      if (problem != null) {
        fail(unusable(problem));
      }
      return;
    }
    readTo += chunk.readableBytes();
    then.accept(chunk);
  }

  private void onDisk(Runnable task, ByteBuf owned) {
    try {
      files.disk().execute(task);
    } catch (RejectedExecutionException e) {
      owned.release();
      fail(Refusal.of(Refusal.ADMIN_SHUTDOWN, "the gateway is shutting down"));
    }
  }

  /** Lets go of it. */
  void close() {
    if (closed) {
      return;
    }
    closed = true;
    files.free(appended);
    try {
      files.disk().execute(this::closeFile);
    } catch (RejectedExecutionException e) {
      // The process ends, and the file with it.
    }
  }

  private void closeFile() {
    FileChannel file = channel;
    channel = null;
    if (file == null) {
      return;
    }
    try {
      file.close();
    } catch (IOException e) {
      // It has no name any more, and goes with its last descriptor.
    }
  }

  private void fail(Refusal refusal) {
    if (!failed && !closed) {
      failed = true;
      listener.failed(refusal);
    }
  }

  private Refusal tooLong() {
    return new Refusal(
        DISK_FULL,
        "the answer is too long to be withheld until it is known which tenant's it is",
        "Such answers may take %d MB on disk together (gate.max-withheld-megabytes)."
            .formatted(files.mostBytes() >> 20),
        "Set search_path by a statement of its own, or raise the limit.");
  }

  private static Refusal unusable(IOException problem) {
    return new Refusal(
        IO_ERROR,
        "the answer can't be withheld until it is known which tenant's it is",
        "Its temporary file in %s can't be used: %s"
            .formatted(System.getProperty("java.io.tmpdir"), problem),
        "Set search_path by a statement of its own.");
  }
}
