package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.backend.Reply.Forgetting.By;
import dev.tenantgate.gateway.settings.SettingsReplay;
import dev.tenantgate.gateway.statements.ClientStatements;

/**
 * Prepared statements that a backend loses all at once: by a command of the client's, or by a
 * function that nobody could see. Event-loop confined.
 */
public final class DiscardedStatements {

  private final PooledBackend backend;
  private final BackendStatements statements;

  DiscardedStatements(PooledBackend backend, BackendStatements statements) {
    this.backend = backend;
    this.statements = statements;
  }

  /**
   * A statement goes out by which the server loses all its prepared statements, the gateway's own
   * among them.
   *
   * @param client the statements of the client that sends it, which are gone by that as well
   * @param inBatch the client's batch in which it goes out
   * @param all whether more than statements is gone
   * @param done runs once the server has done it
   */
  public void commandGoesOut(ClientStatements client, long inBatch, boolean all, Runnable done) {
    Discarded discarded =
        new Discarded(client, client.takeAll(inBatch), statements, statements.takeAll(), done);
    backend.owed().add(new Reply.Forgetting(all ? By.DISCARD_ALL : By.DEALLOCATE_ALL, discarded));
  }

  /**
   * Some of the statements prepared here are gone: all are dropped, and made again when needed.
   *
   * @param all whether none was left, so that the client's own are gone as well
   * @param done runs when the server has answered
   */
  public void dropRest(boolean all, Runnable done) {
    statements.lost(statements.takeAll());
    LeaseHolder holder = backend.lessee();
    if (all && holder != null) {
      holder.statementsLost();
    }
    backend.ask("DEALLOCATE ALL", done);
    backend.flush();
  }

  /** A statement is prepared here, so that it shows if all are dropped. */
  public void keepOne() {
    if (statements.size() == 0 && !statements.hasSetter()) {
      backend.owed().add(new PooledBackend.Question(backend, () -> {}));
      backend.write(SettingsReplay.prepare(backend.channel().alloc()));
      statements.addSetter();
    }
  }

  /** The statements of a client's and a backend's, and those that were taken out of them. */
  private record Discarded(
      ClientStatements client,
      ClientStatements named,
      BackendStatements backend,
      BackendStatements prepared,
      Runnable then)
      implements Reply.Forgetting.Outcome {

    @Override
    public void done() {
      client.lost(named);
      backend.lost(prepared);
      then.run();
    }

    @Override
    public void undone() {
      client.putBack(named);
      backend.putBack(prepared);
    }
  }
}
