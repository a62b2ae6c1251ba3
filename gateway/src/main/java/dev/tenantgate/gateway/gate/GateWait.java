package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.gate.Admission.Decision;
import dev.tenantgate.gateway.gate.Admission.Rejected;
import dev.tenantgate.gateway.tenant.Refusal;
import dev.tenantgate.gateway.tracing.ClientTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One session's question to the gate, and its wait for the answer: to log in, to begin a
 * transaction, or to go on in the schemas of one or more other tenants, which are asked for in
 * order. A session that waits longer than a second is told the reason, and again every five
 * seconds. Used once. Confined to the session's event loop.
 */
public final class GateWait {

  private static final long FIRST_NOTICE_SECONDS = 1;
  private static final long NEXT_NOTICE_SECONDS = 5;

  private final Gate gate;
  private final ScheduledExecutorService loop;
  private final List<AdmissionRequest> requests;
  private final Waiter waiter;
  private int next;
  private List<String> warnings = List.of();
  private final @Nullable AdmissionTrace trace;
  private @Nullable HoldTicket ticket;
  private @Nullable ScheduledFuture<?> nextNotice;

  /** The session that waits. */
  public interface Waiter {

    /** Tells the client the reason for the wait. */
    void notice(String text);

    /** The wait has ended; not called for an outcome that {@link #begin} returns. */
    void decided(Outcome outcome);
  }

  /** The end of a wait. */
  public sealed interface Outcome {

    /**
     * The session may go on to all schemas that it asked for.
     *
     * @param warnings texts to tell the client
     */
    record Admitted(List<String> warnings) implements Outcome {
      /** Without a warning. */
      public static final Admitted SILENTLY = new Admitted(List.of());
    }

    /** The session may not go on to one of them. */
    record Refused(Refusal refusal) implements Outcome {}
  }

  /**
   * Asks nothing yet.
   *
   * @param loop the session's event loop, on which the gate answers and notices are given
   * @param requests asked one after the other
   * @param trace the session's; null if it has none
   */
  public GateWait(
      Gate gate,
      ScheduledExecutorService loop,
      List<AdmissionRequest> requests,
      @Nullable ClientTrace trace,
      Waiter waiter) {
    this.trace = trace == null ? null : new AdmissionTrace(trace);
    this.gate = gate;
    this.loop = loop;
    this.requests = requests;
    this.waiter = waiter;
  }

  /**
   * Asks the gate.
   *
   * @return the outcome; null if the session is held, and the waiter is told later
   */
  public @Nullable Outcome begin() {
    while (next < requests.size()) {
      AdmissionRequest request = requests.get(next++);
      if (request.route().schemas().isEmpty()) {
        continue;
      }
      if (trace != null) {
        trace.asks(request);
      }
      Admission admission = gate.admit(request, this::decided);
      if (trace != null) {
        trace.answered(admission);
      }
      if (admission instanceof Admission.Held held) {
        ticket = held.ticket();
        if (nextNotice == null) {
          noticeIn(FIRST_NOTICE_SECONDS);
        }
        return null;
      }
      if (admission instanceof Rejected rejected) {
        return new Outcome.Refused(rejected.refusal());
      }
      note((Admission.Admitted) admission);
    }
    return warnings.isEmpty() ? Outcome.Admitted.SILENTLY : new Outcome.Admitted(warnings);
  }

  /** Gives up the place in the queue; the waiter isn't told. */
  public void cancel() {
    stopNotices();
    if (ticket != null) {
      ticket.cancel();
      ticket = null;
    }
    if (trace != null) {
      trace.cancelled();
    }
  }

  private void decided(Decision decision) {
    if (ticket == null) {
      return; // the session gave up while the answer was on its way from another thread
    }
    ticket = null;
    if (trace != null) {
      trace.answered(decision);
    }
    Outcome outcome;
    if (decision instanceof Rejected rejected) {
      outcome = new Outcome.Refused(rejected.refusal());
    } else {
      note((Admission.Admitted) decision);
      outcome = begin();
    }
    while (outcome instanceof Outcome.Admitted && !mayBeginNow()) {
      // A drain has marked a schema between the gate's answer, on another thread, and now.
      next = 0;
      warnings = List.of();
      outcome = begin();
    }
    if (outcome != null) {
      stopNotices();
      waiter.decided(outcome);
    }
  }

  private boolean mayBeginNow() {
    for (AdmissionRequest request : requests) {
      if (!gate.mayBeginNow(request)) {
        return false;
      }
    }
    return true;
  }

  private void note(Admission.Admitted admitted) {
    if (admitted.warning() != null) {
      List<String> more = new ArrayList<>(warnings);
      more.add(admitted.warning());
      warnings = more;
    }
  }

  private void noticeIn(long seconds) {
    nextNotice = loop.schedule(this::notice, seconds, TimeUnit.SECONDS);
  }

  private void notice() {
    if (ticket != null) {
      String text = ticket.progress().text();
      if (trace != null) {
        trace.notice(text);
      }
      waiter.notice(text);
      noticeIn(NEXT_NOTICE_SECONDS);
    }
  }

  private void stopNotices() {
    if (nextNotice != null) {
      nextNotice.cancel(false);
      nextNotice = null;
    }
  }
}
