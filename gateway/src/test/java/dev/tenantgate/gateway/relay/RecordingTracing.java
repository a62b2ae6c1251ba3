package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.TracingSettings.Transactions;
import dev.tenantgate.gateway.tracing.SpanName;
import dev.tenantgate.gateway.tracing.TraceContext;
import dev.tenantgate.gateway.tracing.TraceSpan;
import dev.tenantgate.gateway.tracing.Tracing;
import dev.tenantgate.migrator.SchemaRef;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Notes the spans of transactions when they end. Confined to a test's thread. */
final class RecordingTracing implements Tracing {

  private final List<String> ended = new ArrayList<>();
  private final List<String> waits = new ArrayList<>();

  /** The spans that have ended since it was last looked: name, parent's span, and error. */
  List<String> take() {
    List<String> taken = List.copyOf(ended);
    ended.clear();
    return taken;
  }

  /** The waits for a backend that have ended since it was last looked, with their errors. */
  List<String> takeWaits() {
    List<String> taken = List.copyOf(waits);
    waits.clear();
    return taken;
  }

  @Override
  public @Nullable TraceSpan begin(SpanName name, @Nullable TraceContext parent, long beganNanos) {
    return new Recorded(name, parent);
  }

  @Override
  public Transactions transactions() {
    return Transactions.ASKED;
  }

  @Override
  public @Nullable TraceSpan migrationOf(SchemaRef schema) {
    return null;
  }

  @Override
  public long spans(Outcome outcome) {
    return 0;
  }

  @Override
  public void close() {}

  /** A span. */
  private final class Recorded implements TraceSpan {

    private final SpanName name;
    private final @Nullable TraceContext parent;
    private String error = "";

    private Recorded(SpanName name, @Nullable TraceContext parent) {
      this.name = name;
      this.parent = parent;
    }

    @Override
    public TraceSpan child(SpanName child) {
      return new Recorded(child, null);
    }

    @Override
    public TraceSpan child(SpanName child, long beganNanos) {
      return child(child);
    }

    @Override
    public TraceSpan set(String attribute, String value) {
      return this;
    }

    @Override
    public TraceSpan set(String attribute, long value) {
      return this;
    }

    @Override
    public void event(String text) {}

    @Override
    public void linkToMigration(SchemaRef schema) {}

    @Override
    public TraceSpan failed(String reason) {
      error = " " + reason;
      return this;
    }

    @Override
    public void end() {
      if (name == SpanName.TRANSACTION || name == SpanName.STATEMENT) {
        ended.add(name + " " + (parent == null ? "-" : parent.spanId()) + error);
      } else if (name == SpanName.POOL_WAIT) {
        waits.add(name + error);
      }
    }

    @Override
    public void end(long endedNanos) {
      end();
    }

    @Override
    public String traceId() {
      return "1".repeat(32);
    }

    @Override
    public String spanId() {
      return "1".repeat(16);
    }
  }
}
