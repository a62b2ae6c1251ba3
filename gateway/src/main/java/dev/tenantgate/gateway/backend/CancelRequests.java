package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.protocol.CancelKey;
import org.jspecify.annotations.Nullable;

/**
 * The requests to cancel what runs on a backend: its next client gets it once the server has taken
 * all of them, for a signal may come a moment after what it was meant for. Event-loop confined.
 */
public final class CancelRequests {

  private final PooledBackend backend;
  private final BackendOwner owner;
  private final @Nullable CancelKey key;
  private boolean asked;
  private int underWay;
  private @Nullable Runnable onTaken;

  CancelRequests(PooledBackend backend, BackendOwner owner, @Nullable CancelKey key) {
    this.backend = backend;
    this.owner = owner;
    this.key = key;
  }

  /** Asks the server to cancel what runs here, for the lessee and nobody after it. */
  void send(Runnable done) {
    CancelKey known = key;
    if (known == null) {
      done.run();
      return;
    }
    asked = true;
    underWay++;
    owner.forwardCancel(
        backend,
        known,
        settled -> {
          done.run();
          backend.channel().eventLoop().execute(() -> isTaken(settled));
        });
  }

  /** A cancel that is still under way must hit nobody else: the backend ends. */
  private void isTaken(boolean settled) {
    if (!settled) {
      backend.retire();
    }
    Runnable next = onTaken;
    if (--underWay == 0 && next != null) {
      onTaken = null;
      if (backend.isRetired()) {
        backend.channel().close();
      } else {
        next.run();
      }
    }
  }

  /** Whether the server was asked during the lease that ends; it is asked once. */
  public boolean takeAsked() {
    boolean was = asked;
    asked = false;
    return was;
  }

  /** Runs something as soon as the server has taken all requests, or dropped them. */
  public void whenTaken(Runnable next) {
    if (underWay == 0) {
      next.run();
    } else {
      onTaken = next;
    }
  }
}
