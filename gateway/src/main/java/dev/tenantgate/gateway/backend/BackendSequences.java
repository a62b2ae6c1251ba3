package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import org.jspecify.annotations.Nullable;

/**
 * The client whose {@code currval} and {@code lastval} a backend's session holds. Where it holds
 * those of several, nobody may read any. Event-loop confined.
 */
public final class BackendSequences {

  private final PooledBackend backend;
  private @Nullable LeaseHolder owner;
  private boolean mixed;

  BackendSequences(PooledBackend backend) {
    this.backend = backend;
  }

  /** Whether all that there is is this client's. */
  public boolean areOf(LeaseHolder client) {
    return !mixed && owner == client;
  }

  /** A client's transactions run here from now on, and may advance sequences. */
  public void mayBeAdvancedBy(LeaseHolder client) {
    mixed |= owner != null && owner != client;
    owner = client;
  }

  /** Has the server forget them all, in front of what a client is about to send. */
  public void discardFor(LeaseHolder client) {
    mixed = false;
    owner = client;
    backend.unnamedIs(null, 0);
    backend.owed().add(new Discard());
    backend.write(FrontendMessage.query(backend.channel().alloc(), "DISCARD SEQUENCES"));
  }

  private final class Discard extends Reply.Exchange {

    Discard() {
      super(1);
    }

    @Override
    protected void error(Report report) {
      mixed = true;
    }

    @Override
    protected void done() {}
  }
}
