package dev.tenantgate.gateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.traffic.ClientTraffic;
import dev.tenantgate.gateway.traffic.Traffic;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TrafficMetersTest {

  private final Traffic traffic = new Traffic();
  private final AtomicLong clock = new AtomicLong();
  private final TrafficMeters meters = new TrafficMeters(traffic, () -> 2);

  /** A client of the user's has a query answered, which is a transaction. */
  private void query(String user, long millis) {
    ClientTraffic client =
        new ClientTraffic(traffic.of(new PoolKey("app", user), Runnable::run), clock::get, null);
    client.sent(10);
    clock.addAndGet(millis * 1_000_000);
    client.ready(true, true);
  }

  private MetricSnapshot metric(String name) {
    return meters.collect().stream()
        .filter(each -> each.getMetadata().getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private Map<String, Double> queries() {
    Map<String, Double> byUser = new TreeMap<>();
    for (DataPointSnapshot point : metric("tenantgate_user_queries").getDataPoints()) {
      byUser.put(
          String.valueOf(point.getLabels().get("user")),
          ((CounterSnapshot.CounterDataPointSnapshot) point).getValue());
    }
    return byUser;
  }

  @Test
  void firstPairsHaveSeriesOfTheirOwnAndTheOthersShareOne() {
    query("m", 1);
    query("z", 1);
    assertThat(queries()).isEqualTo(Map.of("m", 1.0, "z", 1.0));
    query("a", 1);
    query("b", 1);
    query("z", 1);
    // A pair keeps its series: a counter that shrinks counts as one that began anew.
    assertThat(queries()).isEqualTo(Map.of("m", 1.0, "z", 2.0, "(others)", 2.0));
  }

  @Test
  void histogramHasEachQueryInItsBucketAndAllTimesInItsSum() {
    query("m", 2);
    query("z", 70_000);
    HistogramSnapshot.HistogramDataPointSnapshot point =
        (HistogramSnapshot.HistogramDataPointSnapshot)
            metric("tenantgate_query_seconds").getDataPoints().get(0);
    assertThat(point.getCount()).isEqualTo(2);
    assertThat(point.getSum()).isEqualTo(70.002);
    assertThat(point.getClassicBuckets().getCount(2)).isEqualTo(1);
    assertThat(point.getClassicBuckets().getUpperBound(2)).isEqualTo(0.0025);
  }
}
