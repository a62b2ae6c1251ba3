package dev.tenantgate.gateway.trial;

import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Thousands of frontends on one thread: each logs in and waits for its first ReadyForQuery. Open
 * from its making to its closing, and confined to the thread that does both, but for the figures.
 */
public final class HeldFleet implements AutoCloseable {

  /** So many log in at once; who is held has logged in. */
  private static final int AT_ONCE = 200;

  private final Selector selector;
  private final Thread reader;
  private final List<Frontend> frontends = new ArrayList<>();
  private final List<Instant> released = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger authenticated = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private volatile boolean closed;

  /** Opens no connection yet. */
  public HeldFleet() throws IOException {
    selector = Selector.open();
    reader = new Thread(this::read, "held-fleet");
    reader.setDaemon(true);
    reader.start();
  }

  /** One frontend: the messages that it gets, as far as that takes. */
  private final class Frontend {

    /** The body of an AuthenticationOk; any other of its type has more. */
    private static final int OK_BYTES = 4;

    private final SocketChannel channel;

    /** Type and length of a message, and the bytes of it that are still to come. */
    private final ByteBuffer head = ByteBuffer.allocate(5);

    private int rest;

    Frontend(SocketChannel channel) {
      this.channel = channel;
    }

    void take(ByteBuffer bytes, Instant now) {
      while (bytes.hasRemaining()) {
        if (rest > 0) {
          int skipped = Math.min(rest, bytes.remaining());
          bytes.position(bytes.position() + skipped);
          rest -= skipped;
        } else {
          head.put(bytes.get());
          if (!head.hasRemaining()) {
            rest = head.getInt(1) - 4;
            begin((char) head.get(0), now);
            head.clear();
          }
        }
      }
    }

    private void begin(char type, Instant now) {
      switch (type) {
        case 'R' -> {
          if (rest == OK_BYTES) {
            authenticated.incrementAndGet();
          }
        }
        case 'Z' -> released.add(now);
        case 'E' -> refused.incrementAndGet();
        default -> {}
      }
    }
  }

  /**
   * Has so many more log in, to be held.
   *
   * @param parameters of the StartupMessage
   */
  public void connect(int port, int sessions, Map<String, String> parameters)
      throws IOException, InterruptedException {
    ByteBuffer startup = ByteBuffer.wrap(FrontendNotation.startup(parameters));
    for (int i = 0; i < sessions; i++) {
      SocketChannel channel =
          SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.write(startup.duplicate());
      channel.configureBlocking(false);
      Frontend frontend = new Frontend(channel);
      frontends.add(frontend);
      channel.register(selector, SelectionKey.OP_READ, frontend);
      selector.wakeup();
      awaitAuthenticated(frontends.size() - AT_ONCE);
    }
    awaitAuthenticated(frontends.size());
  }

  private void awaitAuthenticated(int sessions) throws InterruptedException {
    synchronized (authenticated) {
      while (authenticated.get() + refused.get() < sessions) {
        authenticated.wait();
      }
    }
  }

  private void read() {
    ByteBuffer bytes = ByteBuffer.allocate(64 * 1024);
    while (!closed) {
      try {
        selector.select(key -> take(key, bytes));
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      synchronized (authenticated) {
        authenticated.notifyAll();
      }
    }
  }

  private static void take(SelectionKey key, ByteBuffer bytes) {
    Frontend frontend = (Frontend) key.attachment();
    bytes.clear();
    try {
      int read = frontend.channel.read(bytes);
      if (read < 0) {
        key.cancel();
      }
    } catch (IOException e) {
      key.cancel();
    }
    frontend.take(bytes.flip(), Instant.now());
  }

  /** When each got its ReadyForQuery, in that order, by this machine's clock. */
  public List<Instant> released() {
    synchronized (released) {
      return List.copyOf(released);
    }
  }

  /** How many were told an error. */
  public int refused() {
    return refused.get();
  }

  /** All hang up, without a word. */
  @Override
  public void close() throws IOException {
    for (Frontend frontend : frontends) {
      frontend.channel.close();
    }
    closed = true;
    selector.wakeup();
    try {
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    selector.close();
  }
}
