package dev.tenantgate.gateway.metrics;

import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.traffic.TimeBuckets;
import dev.tenantgate.gateway.traffic.Traffic;
import dev.tenantgate.gateway.traffic.TrafficCount;
import dev.tenantgate.gateway.traffic.TrafficCounters;
import dev.tenantgate.gateway.traffic.TrafficLevel;
import dev.tenantgate.gateway.traffic.TrafficTotals;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The traffic of each database's and user's clients, read anew at each scrape. The pairs that come
 * first have series of their own, as many as {@code metrics.user-series} allows; all others share
 * one, so that every counter only grows. Thread-safe.
 */
final class TrafficMeters implements MultiCollector {

  /** The name of those that share a series, in both labels. */
  private static final String OTHERS = "(others)";

  private static final double SECOND = 1e9;

  private final Traffic traffic;
  private final IntSupplier series;
  private final Set<PoolKey> own = new LinkedHashSet<>();

  /** The counts of a pair, or of all that share a series. */
  private record Sums(TrafficTotals totals, double longestWaitSeconds) {

    Sums plus(Sums other) {
      return new Sums(
          totals.plus(other.totals), Math.max(longestWaitSeconds, other.longestWaitSeconds));
    }

    double of(TrafficLevel level) {
      return totals.of(level);
    }
  }

  TrafficMeters(Traffic traffic, IntSupplier series) {
    this.traffic = traffic;
    this.series = series;
  }

  @Override
  public MetricSnapshots collect() {
    Map<Labels, Sums> sums = sums();
    return MetricSnapshots.builder()
        .metricSnapshot(clients(sums))
        .metricSnapshot(servers(sums))
        .metricSnapshot(longestWaits(sums))
        .metricSnapshot(
            counter(sums, "transactions", "Transactions that ended.", TrafficCount.TRANSACTIONS, 1))
        .metricSnapshot(counter(sums, "queries", "Queries answered.", TrafficCount.QUERIES, 1))
        .metricSnapshot(
            seconds(
                sums,
                "transaction_seconds",
                "Time in transactions.",
                TrafficCount.TRANSACTION_NANOS))
        .metricSnapshot(
            seconds(
                sums,
                "query_seconds",
                "Time in which a server owed an answer.",
                TrafficCount.QUERY_NANOS))
        .metricSnapshot(
            seconds(
                sums,
                "wait_seconds",
                "Time in which clients waited for a backend.",
                TrafficCount.WAIT_NANOS))
        .metricSnapshot(
            histogram(
                "tenantgate_query_seconds",
                "How long servers took for a query, or a batch of extended-query messages.",
                TrafficCount.QUERY_NANOS,
                TrafficCounters::queryTimes))
        .metricSnapshot(transactionTimes())
        .build();
  }

  private HistogramSnapshot transactionTimes() {
    return histogram(
        "tenantgate_transaction_seconds",
        "How long transactions took, from their first message to their last answer.",
        TrafficCount.TRANSACTION_NANOS,
        TrafficCounters::transactionTimes);
  }

  /** The sums of each pair with series of its own, and of the others together. */
  private synchronized Map<Labels, Sums> sums() {
    int most = series.getAsInt();
    Map<Labels, Sums> sums = new LinkedHashMap<>();
    long now = System.nanoTime();
    int number = 0;
    Set<PoolKey> keys = new LinkedHashSet<>(own);
    keys.addAll(traffic.keys());
    for (PoolKey key : keys) {
      boolean alone = number++ < most;
      if (alone) {
        own.add(key);
      }
      Labels labels =
          Labels.of(
              "database", alone ? key.database() : OTHERS, "user", alone ? key.user() : OTHERS);
      Sums its = new Sums(traffic.totals(key), traffic.longestWaitNanos(key, now) / SECOND);
      sums.merge(labels, its, Sums::plus);
    }
    return sums;
  }

  private static GaugeSnapshot clients(Map<Labels, Sums> sums) {
    GaugeSnapshot.Builder gauge =
        GaugeSnapshot.builder()
            .name("tenantgate_user_clients")
            .help("Clients of a database and user: those that wait for a backend, and the others.");
    sums.forEach(
        (labels, its) -> {
          double waiting = its.of(TrafficLevel.CLIENTS_WAITING);
          double active = Math.max(0, its.of(TrafficLevel.CLIENTS) - waiting);
          gauge.dataPoint(point(labels.add("state", "active"), active));
          gauge.dataPoint(point(labels.add("state", "waiting"), waiting));
        });
    return gauge.build();
  }

  private static GaugeSnapshot servers(Map<Labels, Sums> sums) {
    GaugeSnapshot.Builder gauge =
        GaugeSnapshot.builder()
            .name("tenantgate_user_servers")
            .help("Connections to PostgreSQL of a database and user.");
    sums.forEach(
        (labels, its) -> {
          gauge.dataPoint(
              point(labels.add("state", "active"), its.of(TrafficLevel.SERVERS_ACTIVE)));
          gauge.dataPoint(point(labels.add("state", "idle"), its.of(TrafficLevel.SERVERS_IDLE)));
          gauge.dataPoint(
              point(labels.add("state", "connecting"), its.of(TrafficLevel.SERVERS_OPENING)));
        });
    return gauge.build();
  }

  private static GaugeSnapshot longestWaits(Map<Labels, Sums> sums) {
    GaugeSnapshot.Builder gauge =
        GaugeSnapshot.builder()
            .name("tenantgate_user_longest_wait_seconds")
            .help("How long the client has waited for a backend that waits longest now.");
    sums.forEach((labels, its) -> gauge.dataPoint(point(labels, its.longestWaitSeconds())));
    return gauge.build();
  }

  private static CounterSnapshot seconds(
      Map<Labels, Sums> sums, String name, String help, TrafficCount nanos) {
    return counter(sums, name, help, nanos, SECOND);
  }

  private static CounterSnapshot counter(
      Map<Labels, Sums> sums, String name, String help, TrafficCount count, double unit) {
    CounterSnapshot.Builder counter =
        CounterSnapshot.builder().name("tenantgate_user_" + name).help(help);
    sums.forEach(
        (labels, its) ->
            counter.dataPoint(
                CounterDataPointSnapshot.builder()
                    .labels(labels)
                    .value(its.totals().of(count) / unit)
                    .build()));
    return counter.build();
  }

  private HistogramSnapshot histogram(
      String name, String help, TrafficCount sum, Function<TrafficCounters, TimeBuckets> times) {
    long[] counts = new long[TimeBuckets.size()];
    TimeBuckets.@Nullable Exemplar[] latest = new TimeBuckets.Exemplar[counts.length];
    long nanos = 0;
    for (PoolKey key : traffic.keys()) {
      for (TrafficCounters counters : traffic.counters(key)) {
        times.apply(counters).addTo(counts);
        keepLatest(latest, times.apply(counters));
        nanos += counters.of(sum);
      }
    }
    ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
    for (int bucket = 0; bucket < counts.length; bucket++) {
      boolean last = bucket == counts.length - 1;
      buckets.bucket(
          last ? Double.POSITIVE_INFINITY : TimeBuckets.boundNanos(bucket) / SECOND,
          counts[bucket]);
    }
    return HistogramSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(
            HistogramDataPointSnapshot.builder()
                .classicHistogramBuckets(buckets.build())
                .sum(nanos / SECOND)
                .exemplars(exemplars(latest))
                .build())
        .build();
  }

  private static void keepLatest(TimeBuckets.@Nullable Exemplar[] latest, TimeBuckets more) {
    for (int bucket = 0; bucket < latest.length; bucket++) {
      TimeBuckets.Exemplar known = latest[bucket];
      TimeBuckets.Exemplar other = more.exemplar(bucket);
      if (other != null && (known == null || other.atMillis() > known.atMillis())) {
        latest[bucket] = other;
      }
    }
  }

  /** One for each bucket that has any; shown in the OpenMetrics format alone. */
  private static Exemplars exemplars(TimeBuckets.@Nullable Exemplar[] latest) {
    List<Exemplar> exemplars = new ArrayList<>();
    for (TimeBuckets.Exemplar its : latest) {
      if (its != null) {
        exemplars.add(
            Exemplar.builder()
                .value(its.nanos() / SECOND)
                .traceId(its.traceId())
                .spanId(its.spanId())
                .timestampMillis(its.atMillis())
                .build());
      }
    }
    return Exemplars.of(exemplars);
  }

  private static GaugeDataPointSnapshot point(Labels labels, double value) {
    return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
  }
}
