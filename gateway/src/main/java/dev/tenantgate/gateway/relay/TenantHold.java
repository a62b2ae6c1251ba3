package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.gate.Admission;
import dev.tenantgate.gateway.gate.AdmissionRequest;
import dev.tenantgate.gateway.gate.Gate;
import dev.tenantgate.gateway.gate.HoldTicket;
import dev.tenantgate.gateway.gate.Requirement;
import dev.tenantgate.gateway.tenant.Refusal;
import dev.tenantgate.gateway.tenant.TenantRoute.Routed;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An open session that waits at the gate for one or more routes, one after the other. Used once.
 * Event-loop confined.
 */
final class TenantHold {

  private static final long FIRST_NOTICE_SECONDS = 1;
  private static final long NEXT_NOTICE_SECONDS = 5;

  private final Gate gate;
  private final Requirement requirement;
  private final EventLoop loop;
  private final Waiter waiter;
  private final List<Routed> routes;
  private final List<Routed> left;
  private final List<String> warnings = new ArrayList<>();
  private @Nullable HoldTicket ticket;
  private @Nullable ScheduledFuture<?> nextNotice;

  /** Who waits. */
  interface Waiter {

    /** What it waits for, now and then. */
    void notice(String text);

    /** The end of a wait; not called for what {@link #begin} has answered. */
    void decided(Outcome outcome);
  }

  /** What a hold comes to. */
  sealed interface Outcome {

    /** Admitted to all routes, with what is to be said about it. */
    record Admitted(List<String> warnings) implements Outcome {}

    /** Turned away from one. */
    record Rejected(Refusal refusal) implements Outcome {}
  }

  TenantHold(
      Gate gate, Requirement requirement, EventLoop loop, List<Routed> routes, Waiter waiter) {
    this.gate = gate;
    this.requirement = requirement;
    this.loop = loop;
    this.waiter = waiter;
    this.routes = List.copyOf(routes);
    this.left = new ArrayList<>(routes);
  }

  /** Asks the gate; null if the session has to wait. */
  @Nullable Outcome begin() {
    while (!left.isEmpty()) {
      Routed next = left.remove(0);
      if (next.schemas().isEmpty()) {
        continue;
      }
      Admission admission =
          gate.admit(new AdmissionRequest(next, requirement, loop), this::decided);
      if (admission instanceof Admission.Held held) {
        ticket = held.ticket();
        if (nextNotice == null) {
          noticeIn(FIRST_NOTICE_SECONDS);
        }
        return null;
      }
      if (admission instanceof Admission.Rejected rejected) {
        return new Outcome.Rejected(rejected.refusal());
      }
      note((Admission.Admitted) admission);
    }
    return new Outcome.Admitted(warnings);
  }

  /** Gives the place up. */
  void cancel() {
    stopNotices();
    if (ticket != null) {
      ticket.cancel();
      ticket = null;
    }
  }

  /** Gives the place up, which is the wait's outcome. */
  void cancel(Outcome outcome) {
    cancel();
    waiter.decided(outcome);
  }

  private void decided(Admission.Decision decision) {
    if (ticket == null) {
      return; // cancelled, too late for the gate
    }
    ticket = null;
    Outcome outcome;
    if (decision instanceof Admission.Rejected rejected) {
      outcome = new Outcome.Rejected(rejected.refusal());
    } else {
      note((Admission.Admitted) decision);
      outcome = begin();
    }
    while (outcome instanceof Outcome.Admitted && !mayBeginNow()) {
      // Marked after the word was given, on another thread, and before it came here.
      left.addAll(routes);
      warnings.clear();
      outcome = begin();
    }
    if (outcome != null) {
      stopNotices();
      waiter.decided(outcome);
    }
  }

  private boolean mayBeginNow() {
    for (Routed each : routes) {
      if (!gate.mayBeginNow(new AdmissionRequest(each, requirement, loop))) {
        return false;
      }
    }
    return true;
  }

  private void note(Admission.Admitted admitted) {
    if (admitted.warning() != null) {
      warnings.add(admitted.warning());
    }
  }

  private void noticeIn(long seconds) {
    nextNotice = loop.schedule(this::notice, seconds, TimeUnit.SECONDS);
  }

  private void notice() {
    if (ticket != null) {
      waiter.notice(ticket.progress().text());
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
