package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.scan.SessionEffect;
import org.jspecify.annotations.Nullable;

/**
 * A session's way through the gate: once for each transaction, and again wherever a statement leads
 * to another tenant. Event-loop confined.
 */
final class TransactionAdmission {

  private final TenantGate gate;
  private final Runnable goOn;
  private boolean waiting;
  private boolean admitted;
  private long beganNanos;
  private long generation;
  private @Nullable Report refusal;

  /** Where the server said that the session has gone, which no statement had foretold. */
  private @Nullable String unforeseenPath;

  /**
   * Makes a session's way.
   *
   * @param goOn runs when the gate's word has come that the session waited for
   */
  TransactionAdmission(TenantGate gate, Runnable goOn) {
    this.gate = gate;
    this.goOn = goOn;
  }

  TenantGate gate() {
    return gate;
  }

  /** Whether the session waits for the gate's word. */
  boolean isWaiting() {
    return waiting;
  }

  /** Where the session's schemas stood when the transaction was let through. */
  long generation() {
    return generation;
  }

  /** The refusal of the next message; null if there is none, or it was taken already. */
  @Nullable Report takeRefusal() {
    Report taken = refusal;
    refusal = null;
    return taken;
  }

  /** The next message is refused, whatever the gate says. */
  void refuse(Report report) {
    refusal = report;
  }

  /** Whether the transaction may begin; if not, the session waits, or is refused. */
  boolean intoTransaction() {
    return isCurrent() || into(null, true);
  }

  /** Whether the transaction may begin without a question; then it is let through. */
  boolean isCurrent() {
    if (admitted) {
      return true;
    }
    long now = gate.generation();
    if (now == TenantGate.NOT_CURRENT) {
      return false;
    }
    generation = now;
    admit();
    return true;
  }

  /** The transaction begins with a statement that leads elsewhere, and is asked for there. */
  void leave() {
    generation = gate.generationAsItIs();
    admit();
  }

  private void admit() {
    admitted = true;
    gate.transactionBegan();
    beganNanos = System.nanoTime();
  }

  /** Whether the session is in a transaction that was let through. */
  boolean isAdmitted() {
    return admitted;
  }

  /** When it was let through, by {@link System#nanoTime}. */
  long beganNanos() {
    return beganNanos;
  }

  /** Whether a transaction that has waited for its backend may begin now; if not, it asks again. */
  boolean mayBeginNow() {
    if (gate.mayBeginNow()) {
      return true;
    }
    transactionEnded();
    return false;
  }

  /** Whether the session may go where the server says that it has gone. */
  boolean intoUnforeseenPath() {
    String path = unforeseenPath;
    unforeseenPath = null;
    if (path == null || !gate.leadsElsewhere(path) || into(path, false)) {
      return true;
    }
    if (waiting) {
      unforeseenPath = path; // asked again when the session goes on
    }
    return false;
  }

  /**
   * Whether the session may go on in that path's schemas.
   *
   * @param searchPath null is where it is
   * @param begins whether no transaction block is open: one that is may end in a paused tenant
   */
  boolean into(@Nullable String searchPath, boolean begins) {
    waiting = true;
    TenantGate.Answer answer =
        gate.ask(searchPath, begins, later -> answered(later, searchPath == null));
    if (answer == null) {
      return false;
    }
    waiting = false;
    note(answer, searchPath == null);
    return refusal == null;
  }

  /** Whether the session may go on in the schemas that a statement names. */
  boolean intoSchemas(SessionEffect.NamesSchemas named) {
    if (!gate.leadsElsewhere(named)) {
      return true;
    }
    waiting = true;
    TenantGate.Answer answer = gate.askFor(named, later -> answered(later, false));
    if (answer == null) {
      return false;
    }
    waiting = false;
    refusal = answer.refusal();
    return refusal == null;
  }

  private void answered(TenantGate.Answer answer, boolean here) {
    if (waiting) {
      waiting = false;
      note(answer, here);
      goOn.run();
    }
  }

  private void note(TenantGate.Answer answer, boolean here) {
    refusal = answer.refusal();
    if (refusal == null && here) {
      generation = gate.generationAsItIs();
      admit();
    }
  }

  /** The server said where the session is. */
  void reported(String searchPath) {
    unforeseenPath = searchPath;
  }

  /** The next message begins a transaction. */
  void transactionEnded() {
    admitted = false;
    unforeseenPath = null;
    gate.transactionEnded();
  }

  /** Waits no more to be where the server says that the session has gone. */
  void abandon() {
    unforeseenPath = null;
    withdraw();
  }

  /** Waits no more; whether the session did. */
  boolean withdraw() {
    boolean did = waiting;
    waiting = false;
    if (did) {
      gate.withdraw();
    }
    return did;
  }
}
