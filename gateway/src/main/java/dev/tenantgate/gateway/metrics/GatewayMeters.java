package dev.tenantgate.gateway.metrics;

import com.sun.management.OperatingSystemMXBean;
import dev.tenantgate.gateway.drain.Pauses;
import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.memory.Bound;
import dev.tenantgate.gateway.memory.LoopTurns;
import dev.tenantgate.gateway.session.NamedBounds;
import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.gateway.tracing.Tracing;
import dev.tenantgate.gateway.traffic.Traffic;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Every meter of the gateway, and the page they are scraped from. Thread-safe. */
public final class GatewayMeters implements AutoCloseable {

  /** The content type of {@link #scrape}. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";

  private final PrometheusMeterRegistry registry;
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final WireMeters wire;
  private final GateMeters gate;

  /**
   * Makes the meters.
   *
   * @param version the gateway's own
   * @param tracing where exemplars' traces are; null if nothing is traced
   */
  public GatewayMeters(String version, @Nullable Tracing tracing) {
    registry = newRegistry(tracing);
    wire = new WireMeters(registry);
    gate = new GateMeters(registry, tracing);
    if (tracing != null) {
      for (Tracing.Outcome outcome : Tracing.Outcome.values()) {
        FunctionCounter.builder("tenantgate.trace.spans", tracing, by -> by.spans(outcome))
            .description("Spans that were sent to the collector, or left out.")
            .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
            .register(registry);
      }
    }
    processCpu();
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    collections.bindTo(registry);
    Info.builder()
        .name("tenantgate_build_info")
        .help("The gateway's version, and the JVM it runs on.")
        .labelNames("version", "java")
        .register(registry.getPrometheusRegistry())
        .addLabelValues(version, Runtime.version().toString());
  }

  private static PrometheusMeterRegistry newRegistry(@Nullable Tracing tracing) {
    PrometheusMeterRegistry registry =
        new PrometheusMeterRegistry(
            new Format(),
            new PrometheusRegistry(),
            Clock.SYSTEM,
            tracing == null ? null : new CurrentSpan());
    // Names that break Prometheus's rules; the first has a better one below.
    registry
        .config()
        .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
        .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
    return registry;
  }

  /**
   * Exemplars stand with buckets alone: Prometheus refuses a page that has them with counts and
   * sums.
   */
  private static final class Format implements PrometheusConfig {

    @Override
    public @Nullable String get(String key) {
      return null;
    }

    @Override
    public Properties prometheusProperties() {
      Properties properties = new Properties();
      properties.setProperty("io.prometheus.exporter.exemplars_on_all_metric_types", "false");
      return properties;
    }
  }

  /** The counter that every Prometheus client library has. */
  private void processCpu() {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      FunctionCounter.builder("process.cpu.seconds", system, bean -> bean.getProcessCpuTime() / 1e9)
          .description("CPU time used by the gateway, in seconds.")
          .register(registry);
    }
  }

  /** Where sessions and the relay count. */
  public WireMeters wire() {
    return wire;
  }

  /** Counts the gate's answers. */
  public GateEvents gate() {
    return gate;
  }

  /**
   * Adds what is made anew at each scrape; once.
   *
   * @param fleet where everything stands
   * @param held how many connections are held
   * @param tenantSeries {@code metrics.tenant-series}
   */
  public void observe(Supplier<FleetView> fleet, IntSupplier held, IntSupplier tenantSeries) {
    registry.getPrometheusRegistry().register(new FleetMeters(fleet, held, tenantSeries));
  }

  /**
   * Adds how the gateway is, and what its clients do; once.
   *
   * @param userSeries {@code metrics.user-series}
   */
  public void observe(GatewayHealth health, Traffic traffic, IntSupplier userSeries) {
    registry.getPrometheusRegistry().register(new HealthMeters(health));
    registry.getPrometheusRegistry().register(new TrafficMeters(traffic, userSeries));
  }

  /** Adds what there may be only so much of, and how much of it there is. */
  public void limits(List<Bound> bounds) {
    for (Bound bound : bounds) {
      limit(bound.of(), "limit", "How much there may be, of what.", bound.limit());
      limit(bound.of(), "used", "How much of a limit is used, of what.", bound.used());
    }
  }

  /** Adds the limits of single users, databases and tenants. */
  public void namedBounds(NamedBounds bounds) {
    registry.getPrometheusRegistry().register(new NamedBoundMeters(bounds));
  }

  /** Adds the numbers of paused databases and tenants, and of sessions that wait for these. */
  public void pauses(Pauses pauses) {
    paused("databases", () -> pauses.databases().size() + (pauses.areAllPaused() ? 1 : 0));
    paused("tenants", () -> pauses.tenants().size());
    paused("sessions", pauses::waiting);
  }

  private void paused(String of, LongSupplier value) {
    limit(of, "paused", "Databases and tenants that are paused, and sessions that wait.", value);
  }

  /** Adds how long the turns of event loops take. */
  public void turns(List<LoopTurns> loops) {
    Gauge.builder(
            "tenantgate.event.loop.longest.turn",
            loops,
            all -> all.stream().mapToLong(LoopTurns::longestNanos).max().orElse(0) / 1e9)
        .description("The longest turn of an event loop in the last one or two minutes.")
        .baseUnit("seconds")
        .strongReference(true)
        .register(registry);
    longTurns(loops, "wall", LoopTurns::longTurns);
    longTurns(loops, "cpu", LoopTurns::longTurnsOfCpu);
  }

  private void longTurns(List<LoopTurns> loops, String time, ToLongFunction<LoopTurns> number) {
    FunctionCounter.builder(
            "tenantgate.event.loop.long.turns", loops, all -> all.stream().mapToLong(number).sum())
        .description("Turns of event loops of 100 ms and longer, by wall clock or processor time.")
        .tag("time", time)
        .register(registry);
  }

  private void limit(String of, String name, String description, LongSupplier value) {
    Gauge.builder("tenantgate." + name, value, LongSupplier::getAsLong)
        .description(description)
        .tag("of", of)
        .strongReference(true)
        .register(registry);
  }

  /**
   * The content type of the page that a scraper gets.
   *
   * @param accept what it takes: its Accept header, empty if it has none
   */
  public static String contentType(String accept) {
    return accept.contains("application/openmetrics-text") ? OPEN_METRICS : CONTENT_TYPE;
  }

  /** The page in the format that a scraper takes: {@link #contentType}. */
  public String scrape(String accept) {
    return registry.scrape(contentType(accept));
  }

  /** Prometheus's text format. */
  public String scrape() {
    return registry.scrape(CONTENT_TYPE);
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
