package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.statements.ClientStatements;
import io.netty.buffer.ByteBuf;

/**
 * Names of statements of which the answers to an earlier batch tell what there is under them: a
 * message that has one waits for these. Within a batch nobody has to wait, for an error skips all
 * of it. Event-loop confined.
 */
final class UndecidedNames {

  private final ClientStatements named;
  private final Requests requests;
  private boolean awaited;

  UndecidedNames(ClientStatements named, Requests requests) {
    this.named = named;
    this.requests = requests;
  }

  /** Whether a message with a name waits. */
  boolean await(ByteBuf in, int at, int bytes) {
    awaited = bytes > 0 && named.isUndecided(in, at, bytes, requests.batch());
    return awaited;
  }

  /** The same of the names in a text. */
  boolean await(ScannedQuery query) {
    awaited = false;
    for (ScannedQuery.Step step : query.steps()) {
      String name = SqlNames.nameIn(step.effect());
      if (!name.isEmpty() && named.isUndecided(name, requests.batch())) {
        awaited = true;
      }
    }
    return awaited;
  }

  /** Whether a message waits, which looks at its name again; said once. */
  boolean takeAwaited() {
    boolean was = awaited;
    awaited = false;
    return was;
  }
}
