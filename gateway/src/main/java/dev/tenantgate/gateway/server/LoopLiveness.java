package dev.tenantgate.gateway.server;

import dev.tenantgate.gateway.admin.Liveness;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Whether the event loops serve: each of them runs a task, and one of them answers a client's
 * request for encryption on a new connection. Thread-safe.
 */
final class LoopLiveness implements Liveness {

  private static final int GSSENC_REQUEST = 80877104;

  private final EventLoopGroup loops;
  private final InetSocketAddress address;
  private final BooleanSupplier accepting;
  private final int patienceMillis;

  /**
   * For one listener.
   *
   * @param address where its clients connect
   * @param accepting false once it is closed
   * @param patienceMillis how long each of both may take
   */
  LoopLiveness(
      EventLoopGroup loops,
      InetSocketAddress address,
      BooleanSupplier accepting,
      int patienceMillis) {
    this.loops = loops;
    this.address = address;
    this.accepting = accepting;
    this.patienceMillis = patienceMillis;
  }

  @Override
  public List<String> check() {
    List<String> failures = new ArrayList<>();
    int silent = silentLoops();
    if (silent > 0) {
      failures.add("%d of the event loops did nothing for %d ms".formatted(silent, patienceMillis));
    } else if (accepting.getAsBoolean()) {
      String failure = roundTrip();
      if (!failure.isEmpty() && accepting.getAsBoolean()) {
        failures.add("a connection to %s: %s".formatted(address, failure));
      }
    }
    return failures;
  }

  private int silentLoops() {
    int all = 0;
    for (EventExecutor ignored : loops) {
      all++;
    }
    CountDownLatch answers = new CountDownLatch(all);
    try {
      loops.forEach(loop -> loop.execute(answers::countDown));
      answers.await(patienceMillis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      return 0; // the gateway stops
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return (int) answers.getCount();
  }

  /** The fault; empty if there is none. Any answer is one, a refusal as well. */
  private String roundTrip() {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(patienceMillis);
      socket.connect(address, patienceMillis);
      socket
          .getOutputStream()
          .write(ByteBuffer.allocate(8).putInt(8).putInt(GSSENC_REQUEST).array());
      return socket.getInputStream().read() < 0 ? "closed without an answer" : "";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
