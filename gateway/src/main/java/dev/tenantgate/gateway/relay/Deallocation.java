package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.backend.Reply.Plain;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.statements.ClientStatement;
import dev.tenantgate.gateway.statements.ClientStatements;

/**
 * A DEALLOCATE of a client's statement, by a Query or by the unnamed statement. Only the gateway
 * knows which statement the name means, so the server is given another to drop: it answers as it
 * would for the client's own. Event-loop confined.
 */
final class Deallocation {

  private final ClientStatements named;
  private final Requests requests;

  Deallocation(ClientStatements named, Requests requests) {
    this.named = named;
    this.requests = requests;
  }

  /** Sends a Query that drops a statement in place of the client's. */
  void query(PooledBackend backend, String name) {
    requests.emitBefore();
    remove(backend, name);
    prepareGone(backend);
    requests.queryGoesOut(backend);
    backend.write(
        FrontendMessage.query(backend.channel().alloc(), "DEALLOCATE " + UnnamedStatement.GONE));
  }

  /** The unnamed statement, which drops one of the client's, is bound next. */
  void bind(PooledBackend backend, String name) {
    requests.emitBefore();
    prepareGone(backend);
    remove(backend, name);
  }

  private static void prepareGone(PooledBackend backend) {
    backend.write(UnnamedStatement.parseGone(backend.channel().alloc()));
    backend.owed().add(Plain.PARSE_AGAIN);
  }

  /** Removes the statement that a DEALLOCATE names, if there is one. */
  void remove(PooledBackend backend, String name) {
    ClientStatement statement = named.find(name);
    if (statement != null) {
      named.close(statement, requests.batch());
      backend
          .owed()
          .add(
              new Reply.Forgetting(
                  Reply.Forgetting.By.DEALLOCATE, new Deallocated(named, statement)));
    }
  }

  private record Deallocated(ClientStatements all, ClientStatement statement)
      implements Reply.Forgetting.Outcome {

    @Override
    public void done() {
      all.closed(statement);
    }

    @Override
    public void undone() {
      all.putBack(statement);
    }
  }
}
