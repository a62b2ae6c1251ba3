package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.gateway.benchmark.Pgbench.LoadFailed;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/**
 * Clients of one pooler, up to some ten thousand on one thread, each of a tenant of its own. A
 * transaction is given to one of the idle clients at random, as requests of users come to whichever
 * connection of an application is free. Confined to one thread.
 */
final class ScaleClients implements AutoCloseable {

  private static final int SEED = 1;
  private static final int LOGINS_AT_ONCE = 32;
  private static final int READ_BYTES = 1 << 16;
  private static final long TICK_MILLIS = 1;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final byte ERROR_RESPONSE = 'E';

  /** A ReadyForQuery without its last byte, which is the transaction's status. */
  private static final long READY_FOR_QUERY = 0x5A_0000_0005L;

  private static final long FIVE_BYTES = 0xFF_FFFF_FFFFL;

  private final Pooler pooler;
  private final Selector selector;
  private final List<SocketChannel> all = new ArrayList<>();
  private final List<Client> idle = new ArrayList<>();
  private final SplittableRandom random = new SplittableRandom(SEED);
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(READ_BYTES);
  private final LongStream.Builder noLatencies = LongStream.builder();
  private LongStream.Builder latencies = noLatencies;
  private int underWay;

  /**
   * When transactions begin.
   *
   * @param busy as many are under way all the time; 0 where they come by themselves
   * @param perSecond as many come in a second, at random times; 0 where some are always under way
   */
  record Arrivals(int busy, double perSecond) {

    static Arrivals busy(int clients) {
      return new Arrivals(clients, 0);
    }

    static Arrivals perSecond(double rate) {
      return new Arrivals(0, rate);
    }
  }

  /** The result of a load: the latencies in nanoseconds, sorted. */
  record Round(double seconds, long[] latencies) {

    int transactions() {
      return latencies.length;
    }

    double perSecond() {
      return latencies.length / seconds;
    }

    /** The latency that so many hundredths of the transactions stay below, in milliseconds. */
    double percentileMillis(int hundredths) {
      return latencies[(int) ((long) (latencies.length - 1) * hundredths / 100)] / 1e6;
    }
  }

  ScaleClients(Pooler pooler) throws IOException {
    this.pooler = pooler;
    this.selector = Selector.open();
  }

  /** How many are connected. */
  int size() {
    return all.size();
  }

  /** Connects as many as are missing, some at once; the tenants are given out in turn. */
  void growTo(int clients, int tenants) throws IOException {
    while (all.size() < clients) {
      List<SocketChannel> next = new ArrayList<>();
      while (all.size() < clients && next.size() < LOGINS_AT_ONCE) {
        SocketChannel channel =
            SocketChannel.open(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), pooler.port()));
        all.add(channel);
        next.add(channel);
        ClientLogin.begin(channel.socket(), pooler, 1 + (all.size() - 1) % tenants);
      }
      for (SocketChannel channel : next) {
        ClientLogin.await(channel.socket());
        channel.socket().setTcpNoDelay(true);
        channel.configureBlocking(false);
        Client client = new Client(channel);
        channel.register(selector, SelectionKey.OP_READ, client);
        idle.add(client);
      }
    }
  }

  /**
   * Has them send transactions, and waits for the last answer.
   *
   * @throws LoadFailed if a transaction failed
   */
  Round run(ScaleLoad load, int tenants, Arrivals arrivals, Duration duration)
      throws IOException, LoadFailed {
    latencies = LongStream.builder();
    long began = System.nanoTime();
    Queue<Long> waiting = new ArrayDeque<>();
    double next = 0;
    long elapsed = 0;
    while (elapsed < duration.toNanos() || underWay > 0) {
      if (elapsed > duration.toNanos() + PATIENCE_NANOS) {
        throw new LoadFailed("%d transactions don't end".formatted(underWay));
      }
      long now = System.nanoTime();
      elapsed = now - began;
      if (elapsed < duration.toNanos()) {
        for (; arrivals.perSecond > 0 && next <= elapsed; next += gapNanos(arrivals)) {
          waiting.add(now);
        }
        while (!idle.isEmpty() && (underWay < arrivals.busy || !waiting.isEmpty())) {
          Long came = waiting.poll();
          begin(load.transaction(tenants, random), came == null ? now : came);
        }
      }
      selector.select(TICK_MILLIS);
      for (SelectionKey key : selector.selectedKeys()) {
        if (key.attachment() instanceof Client client) {
          read(client);
        }
      }
      selector.selectedKeys().clear();
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    long[] sorted = latencies.build().sorted().toArray();
    latencies = noLatencies;
    if (sorted.length == 0) {
      throw new LoadFailed("nothing was processed");
    }
    return new Round(seconds, sorted);
  }

  private double gapNanos(Arrivals arrivals) {
    return random.nextExponential() * 1e9 / arrivals.perSecond;
  }

  private void begin(List<String> texts, long came) throws IOException {
    int chosen = random.nextInt(idle.size());
    Client client = idle.get(chosen);
    idle.set(chosen, idle.get(idle.size() - 1));
    idle.remove(idle.size() - 1);
    underWay++;
    client.begin(texts, came);
  }

  private void read(Client client) throws IOException, LoadFailed {
    bytes.clear();
    int count = client.channel.read(bytes);
    if (count < 0) {
      throw new LoadFailed("a client's connection was closed");
    }
    bytes.flip();
    if (bytes.hasRemaining() && bytes.get(0) == ERROR_RESPONSE) {
      throw new LoadFailed(StandardCharsets.UTF_8.decode(bytes).toString().replace('\0', ' '));
    }
    while (bytes.hasRemaining()) {
      client.last = client.last << Byte.SIZE | bytes.get() & 0xFF;
    }
    // It is the end of each answer, and nothing else in these answers looks like it.
    if ((client.last >> Byte.SIZE & FIVE_BYTES) == READY_FOR_QUERY && client.answered()) {
      latencies.add(System.nanoTime() - client.came);
      underWay--;
      idle.add(client);
    }
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel channel : all) {
      channel.close();
    }
    selector.close();
  }

  /** One of them, and its transaction. */
  private static final class Client {

    private final SocketChannel channel;
    private List<String> texts = List.of();
    private int sent;

    /** When its transaction came. */
    private long came;

    /** The eight bytes that it read last. */
    private long last;

    Client(SocketChannel channel) {
      this.channel = channel;
    }

    void begin(List<String> transaction, long at) throws IOException {
      texts = transaction;
      sent = 0;
      came = at;
      send();
    }

    /** Goes on behind an answer; says whether it was the transaction's last. */
    boolean answered() throws IOException {
      last = 0;
      if (sent == texts.size()) {
        return true;
      }
      send();
      return false;
    }

    private void send() throws IOException {
      byte[] text = texts.get(sent).getBytes(StandardCharsets.UTF_8);
      ByteBuffer query = ByteBuffer.allocate(6 + text.length);
      query.put((byte) 'Q').putInt(5 + text.length).put(text).put((byte) 0).flip();
      while (query.hasRemaining()) {
        channel.write(query);
      }
      sent++;
    }
  }
}
