package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.gateway.benchmark.Pgbench.LoadFailed;
import dev.tenantgate.gateway.benchmark.ScaleClients.Arrivals;
import dev.tenantgate.gateway.benchmark.ScaleClients.Round;
import dev.tenantgate.gateway.benchmark.ScalePoint.Axis;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/** The measurements of the two sweeps, told as they are made. Confined to one thread. */
final class ScaleRun {

  /** PgBouncer, and each later load, warm up for this part of a started gateway's warm-up. */
  private static final int PART_OF_WARM_UP = 6;

  /** Of one processor's time, what the virtual machine's compilers may use in a warm process. */
  private static final double COMPILER_AT_REST = 0.05;

  private final BenchmarkServer server;
  private final PoolingGround ground;
  private final ScaleTiming timing;
  private final List<ScalePoint> points = new ArrayList<>();
  private final List<ScaleStart> starts = new ArrayList<>();
  private final Consumer<ScalePoint> told;

  /**
   * How long a point takes. Immutable.
   *
   * @param busy clients that always have a transaction under way, in the sweep of tenants
   * @param perSecond transactions that come in a second, in the sweep of clients
   * @param warmUp what the gateway gets behind its start
   */
  record ScaleTiming(int rounds, Duration round, Duration warmUp, int busy, double perSecond) {

    Duration later() {
      return warmUp.dividedBy(PART_OF_WARM_UP);
    }
  }

  ScaleRun(
      BenchmarkServer server, PoolingGround ground, ScaleTiming timing, Consumer<ScalePoint> told) {
    this.server = server;
    this.ground = ground;
    this.timing = timing;
    this.told = told;
  }

  List<ScalePoint> points() {
    return points;
  }

  List<ScaleStart> starts() {
    return starts;
  }

  /**
   * One point of the sweep of tenants: as many clients are busy as always. By SET LOCAL those are
   * all; by their own path they are some of as many clients as there are tenants.
   */
  void tenants(int tenants, int mostClients) throws Exception {
    Arrivals arrivals = Arrivals.busy(timing.busy());
    int owners = Math.min(mostClients, Math.max(timing.busy(), tenants));
    try (Pooler gateway = started(Peer.GATEWAY, tenants);
        ScaleClients clients = new ScaleClients(gateway)) {
      clients.growTo(timing.busy(), tenants);
      warm(gateway, clients, ScaleLoad.SET_LOCAL, tenants, arrivals, timing.warmUp());
      measure(Axis.TENANTS, ScaleLoad.SET_LOCAL, gateway, clients, tenants, arrivals);
      clients.growTo(owners, tenants);
      warm(gateway, clients, ScaleLoad.OWN_PATH, tenants, arrivals, timing.later());
      measure(Axis.TENANTS, ScaleLoad.OWN_PATH, gateway, clients, tenants, arrivals);
    }
    for (ScaleLoad load : ScaleLoad.values()) {
      if (!takesPart(load.other())) {
        continue;
      }
      try (Pooler other = started(load.other(), tenants);
          ScaleClients clients = new ScaleClients(other)) {
        clients.growTo(load == ScaleLoad.SET_LOCAL ? timing.busy() : owners, tenants);
        warm(other, clients, load, tenants, arrivals, timing.later());
        measure(Axis.TENANTS, load, other, clients, tenants, arrivals);
      }
    }
  }

  /**
   * The sweep of clients: they get more, what they send stays the same. So it is with fleets, where
   * users decide how much comes, and each instance of the application has connections of its own.
   */
  void clients(List<Integer> numbers, int tenants) throws Exception {
    Arrivals arrivals = Arrivals.perSecond(timing.perSecond());
    for (Peer peer : List.of(Peer.GATEWAY, ScaleLoad.OWN_PATH.other())) {
      if (!takesPart(peer)) {
        continue;
      }
      try (Pooler pooler = started(peer, tenants);
          ScaleClients clients = new ScaleClients(pooler)) {
        Duration warmUp = peer.isGateway() ? timing.warmUp() : timing.later();
        for (int number : numbers) {
          clients.growTo(number, tenants);
          warm(pooler, clients, ScaleLoad.OWN_PATH, tenants, arrivals, warmUp);
          measure(Axis.CLIENTS, ScaleLoad.OWN_PATH, pooler, clients, tenants, arrivals);
          warmUp = timing.later();
        }
      }
    }
  }

  /** An older PgBouncer can't do all of the work. */
  private boolean takesPart(Peer peer) {
    return peer != Peer.BOUNCER_TRACKING || ground.version().tracksExtraParameters();
  }

  private Pooler started(Peer peer, int tenants) throws Exception {
    long began = System.nanoTime();
    Pooler pooler = ground.start(peer, false);
    try (ScaleClients first = new ScaleClients(pooler)) {
      first.growTo(1, tenants);
      double millis = (System.nanoTime() - began) / 1e6;
      starts.add(new ScaleStart(peer, tenants, millis, pooler.residentBytes()));
      return pooler;
    } catch (IOException | RuntimeException e) {
      pooler.close();
      throw e;
    }
  }

  /** Gives it the load for as long as it says, and on as long as code is compiled meanwhile. */
  private void warm(
      Pooler pooler,
      ScaleClients clients,
      ScaleLoad load,
      int tenants,
      Arrivals arrivals,
      Duration duration)
      throws IOException, LoadFailed {
    if (duration.isZero()) {
      return;
    }
    clients.run(load, tenants, arrivals, duration);
    double compiled = compilerSeconds(pooler);
    for (Duration more = Duration.ZERO; more.compareTo(duration) < 0; ) {
      clients.run(load, tenants, arrivals, timing.round());
      more = more.plus(timing.round());
      double until = compilerSeconds(pooler);
      if (until - compiled < COMPILER_AT_REST * timing.round().toMillis() / 1e3) {
        return;
      }
      compiled = until;
    }
  }

  private static double compilerSeconds(Pooler pooler) throws IOException {
    Process process = pooler.process();
    return process == null ? 0 : CpuTime.compilerSeconds(process.pid());
  }

  private void measure(
      Axis axis,
      ScaleLoad load,
      Pooler pooler,
      ScaleClients clients,
      int tenants,
      Arrivals arrivals)
      throws IOException, SQLException, LoadFailed {
    long postmaster = server.postmaster();
    List<Round> rounds = new ArrayList<>();
    CpuTime.Split before = pooler.cpu();
    CpuTime serverBefore = CpuTime.now(postmaster);
    for (int round = 0; round < timing.rounds(); round++) {
      rounds.add(clients.run(load, tenants, arrivals, timing.round()));
    }
    CpuTime.Split used = pooler.cpu().since(before);
    CpuTime serverUsed = CpuTime.now(postmaster).since(serverBefore);
    double micros = 1e6 / rounds.stream().mapToInt(Round::transactions).sum();
    ScalePoint point =
        new ScalePoint(
            axis,
            load,
            pooler.peer(),
            tenants,
            clients.size(),
            median(rounds, Round::perSecond),
            median(rounds, round -> round.percentileMillis(50)),
            median(rounds, round -> round.percentileMillis(99)),
            new CpuTime.Split(used.user() * micros, used.kernel() * micros),
            serverUsed.serverSeconds() * micros,
            pooler.residentBytes());
    points.add(point);
    told.accept(point);
  }

  private static double median(List<Round> rounds, ToDoubleFunction<Round> figure) {
    return Rounds.median(rounds.stream().mapToDouble(figure).toArray());
  }
}
