package dev.tenantgate.gateway.resource;

import dev.tenantgate.gateway.testing.wire.SocketClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A client that asks for one row again and again, and keeps how long each answer took. */
final class Bystander implements AutoCloseable {

  private static final String QUERY = "Q select 1";

  private final SocketClient client;
  private final Thread thread;
  private volatile boolean closed;
  private volatile @Nullable UncheckedIOException failure;
  private long[] nanos = new long[1_024];
  private int answers;

  Bystander(SocketClient client) {
    this.client = client;
    this.thread = new Thread(this::ask, "bystander");
    thread.start();
  }

  private void ask() {
    try {
      while (!closed) {
        long begun = System.nanoTime();
        client.sends(QUERY).readUntil('Z');
        took(System.nanoTime() - begun);
        TimeUnit.MILLISECONDS.sleep(2); // it is a client like others, no load
      }
    } catch (UncheckedIOException e) {
      failure = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void took(long time) {
    if (answers == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * answers);
    }
    nanos[answers++] = time;
  }

  /** Waits until it has been answered once more. */
  void awaitAnswer() {
    int before = answers();
    Awaitility.await().until(() -> answers() > before);
  }

  private synchronized int answers() {
    return answers;
  }

  /** How long answers took since this was asked last, in milliseconds. */
  record Times(int answers, long median, long percentile99, long longest) {}

  synchronized Times take() throws IOException {
    UncheckedIOException broken = failure;
    if (broken != null) {
      throw new IOException("the bystander isn't served any more", broken);
    }
    long[] sorted = Arrays.copyOf(nanos, answers);
    Arrays.sort(sorted);
    int count = answers;
    answers = 0;
    return count == 0
        ? new Times(0, 0, 0, 0)
        : new Times(
            count,
            millis(sorted[count / 2]),
            millis(sorted[count * 99 / 100]),
            millis(sorted[count - 1]));
  }

  private static long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    try {
      thread.join(TimeUnit.SECONDS.toMillis(20));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.close();
  }
}
