package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.tenant.GatedSchema;
import dev.tenantgate.gateway.tracing.ClientTrace;
import dev.tenantgate.gateway.tracing.SpanName;
import dev.tenantgate.gateway.tracing.TraceSpan;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The spans of a session's question to the gate: one for each answer, and within it one for the
 * hold, which points to the migrations that it waited for. Confined to the session's event loop.
 */
final class AdmissionTrace {

  private final ClientTrace client;
  private @Nullable AdmissionRequest asked;
  private long askedNanos;
  private @Nullable TraceSpan admission;
  private @Nullable TraceSpan hold;

  AdmissionTrace(ClientTrace client) {
    this.client = client;
  }

  /** The gate is about to be asked. */
  void asks(AdmissionRequest request) {
    asked = request;
    askedNanos = System.nanoTime();
  }

  /** It has answered, at once or at last. */
  void answered(Admission answer) {
    if (answer instanceof Admission.Held held) {
      held(held);
    } else {
      decided((Admission.Decision) answer);
    }
  }

  private void held(Admission.Held held) {
    TraceSpan span = begin(client.currentThatWaits());
    if (span == null) {
      return;
    }
    HoldProgress progress = held.ticket().progress();
    TraceSpan waits = span.child(SpanName.HOLD);
    waits.set("tenantgate.reason", held.reason().label());
    waits.set("tenantgate.waits_for", progress.schema().toString());
    held.ticket().tracedBy(waits);
    hold = waits;
  }

  /** A client that waits was told this. */
  void notice(String text) {
    if (hold != null) {
      hold.event(text);
    }
  }

  private @Nullable TraceSpan begin(@Nullable TraceSpan parent) {
    if (admission == null && parent != null) {
      admission = parent.child(SpanName.ADMISSION, askedNanos);
      if (asked != null) {
        admission.set("tenantgate.schemas", String.join(",", names(asked)));
      }
    }
    return admission;
  }

  private static Iterable<String> names(AdmissionRequest request) {
    return request.route().schemas().stream().map(gated -> gated.schema().toString()).toList();
  }

  private void decided(Admission.Decision decision) {
    if (hold != null && asked != null) {
      for (GatedSchema gated : asked.route().schemas()) {
        hold.linkToMigration(gated.schema());
      }
    }
    TraceSpan span = begin(client.current());
    if (span != null) {
      span.set("tenantgate.decision", decisionOf(decision));
      span.set("tenantgate.reason", decision.reason().label());
      if (decision instanceof Admission.Rejected rejected) {
        span.failed(rejected.refusal().sqlState());
      }
    }
    end();
  }

  private static String decisionOf(Admission.Decision decision) {
    return GateEvents.Answer.of(decision).name().toLowerCase(Locale.ROOT);
  }

  /** The session waits no more. */
  void cancelled() {
    if (admission != null) {
      admission.set("tenantgate.decision", "cancelled");
    }
    end();
  }

  private void end() {
    if (hold != null) {
      hold.end();
      hold = null;
    }
    if (admission != null) {
      admission.end();
      admission = null;
    }
  }
}
