package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.relay.ClientLease.Phase;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.settings.SessionSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of a client's transaction: the backend is asked what is left of it, and the connection
 * that listens for all what it was notified of, before the lease may end. Event-loop confined.
 */
final class TransactionEnd {

  private final Relay relay;
  private final ClientLease lease;
  private final TransactionAdmission passage;
  private final ClientSettings carried;
  private final Requests requests;
  private final PinQuestion question;

  /** Asks what the transaction has left, and went out with its end; null if nothing did. */
  private @Nullable Readback early;

  TransactionEnd(
      Relay relay,
      ClientLease lease,
      TransactionAdmission passage,
      ClientSettings carried,
      Requests requests) {
    this.relay = relay;
    this.lease = lease;
    this.passage = passage;
    this.carried = carried;
    this.requests = requests;
    this.question = new PinQuestion(lease.pin(), carried.effects(), this::askWhileIdle);
  }

  /** A lease begins. */
  void leaseBegins() {
    early = null;
  }

  /**
   * All that the client has sent so far is about to go out: if it ends the transaction, the
   * question what that has left goes in the same write.
   */
  void askEarly() {
    PooledBackend backend = lease.backend();
    if (requests.endsTransaction()
        && backend != null
        && early == null
        && lease.isHeld()
        && !lease.pin().isSet()
        && !requests.statements().isToBindLongText(backend)) {
      early = carried.askEarly(backend, this::earlyIsUnused);
    }
  }

  /** The transaction went on, or more was sent behind its end. */
  private void earlyIsUnused() {
    early = null;
    PooledBackend backend = lease.backend();
    if (backend != null && backend.owed().isEmpty()) {
      lease.answers().have();
    }
  }

  /** The backend is in no transaction and owes nothing. */
  void settled(PooledBackend backend) {
    if (!requests.statements().isToBindLongText(backend)) { // the question would be in its place
      question.transactionEnded(relay.listening().isTouched());
    }
    if (requests.statements().awaitsUnnamed()) {
      return; // the next message is here already; a question would drop what it binds
    }
    Object schemas = passage.gate().schemas();
    if (carried.mayHaveChanged(backend) || early != null) {
      Readback asked = early;
      early = null;
      readBack(backend, asked);
    } else if (relay.listening().mustSettle() && !requests.isInBatch()) {
      lease.enter(Phase.LISTENING);
      relay.listening().settle(List.of(), () -> heard(backend, false));
    } else {
      if (!requests.isInBatch()) {
        carried.effects().clear(); // only what a SET LOCAL leaves can be there
      }
      lease.transactionEnded(backend);
      relay.unforeseen().settled(!schemas.equals(passage.gate().schemas()));
    }
  }

  /** The session keeps its backend: it is asked a little later what is left of the reason. */
  void askLater(PooledBackend backend) {
    question.askLater(backend);
  }

  /** Asks a backend of which nothing has been asked since its last transaction. */
  private void askWhileIdle() {
    PooledBackend backend = lease.backend();
    if (backend != null
        && lease.isHeld()
        && backend.isBetweenTransactions()
        && !requests.isInBatch()
        && requests.isDone()
        && !requests.statements().isToBindLongText(backend)
        && !relay.unforeseen().isUnderWay()) {
      question.include();
      readBack(backend, null);
    }
  }

  private void readBack(PooledBackend backend, @Nullable Readback asked) {
    lease.enter(Phase.READING_BACK);
    carried.readBack(backend, asked, this::isReadBack);
  }

  private void isReadBack(
      SessionSettings backendHas,
      SessionSettings wanted,
      @Nullable PinReason left,
      boolean asked,
      List<String> channels) {
    PooledBackend backend = lease.backend();
    if (backend == null) {
      return;
    }
    backend.settings().setTo(backendHas);
    Object schemas = passage.gate().schemas();
    boolean told = !relay.isEnded() && relay.unforeseen().isAtBoundary(backend);
    carried.become(backendHas, wanted, told);
    lease.enter(Phase.LEASED);
    PinReason rest = carried.areTemporary() ? PinReason.TEMPORARY : left;
    if (rest == null && requests.statements().isToBindLongText(backend)) {
      rest = PinReason.TEXT;
    }
    if (relay.isEnded()) {
      lease.leave(backend, rest != null || !channels.isEmpty());
      return;
    }
    if (asked || rest != null) {
      lease.pin().answered(rest);
    }
    hear(backend, channels, !schemas.equals(passage.gate().schemas()));
  }

  private void hear(PooledBackend backend, List<String> channels, boolean moved) {
    if (channels.isEmpty() && !relay.listening().mustSettle()) {
      heard(backend, moved);
      return;
    }
    lease.enter(Phase.LISTENING);
    relay
        .listening()
        .settle(
            channels,
            channels.isEmpty() ? () -> heard(backend, moved) : () -> unlisten(backend, moved));
  }

  /** The backend has no part any more in what the connection that listens for all does. */
  private void unlisten(PooledBackend backend, boolean moved) {
    if (backend != lease.backend()) {
      return;
    }
    relay.listening().unlisten(backend, () -> heard(backend, moved));
  }

  /** All that the transaction has left is known, and all that it was notified of is there. */
  private void heard(PooledBackend backend, boolean moved) {
    if (backend != lease.backend()) {
      return;
    }
    lease.goesOnWith(backend);
    lease.transactionEnded(backend);
    relay.unforeseen().settled(moved);
    relay.goOn();
  }

  /** The server has done a DISCARD ALL. */
  void discarded() {
    question.discarded(lease.backend());
  }

  /** The session ends. */
  void end() {
    question.end();
  }
}
