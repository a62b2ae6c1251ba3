package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.backend.StatementsClosed;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.statements.ClientStatement;
import dev.tenantgate.gateway.statements.ClientStatements;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client's statements that SQL names, by EXECUTE or DEALLOCATE: until the exchange ends, the
 * backend has them under the client's own names as well. Event-loop confined.
 */
final class SqlNames {

  private final ClientStatements named;
  private final Set<String> made = new LinkedHashSet<>(0);

  SqlNames(ClientStatements named) {
    this.named = named;
  }

  /** The client's statement that an effect names; null if it names none. */
  @Nullable ClientStatement namedBy(SessionEffect effect) {
    if (effect instanceof SessionEffect.ExecuteStatement execute) {
      return named.find(execute.name());
    }
    return effect instanceof SessionEffect.Deallocate deallocate
        ? named.find(deallocate.name())
        : null;
  }

  /**
   * Prepares what a text names, in front of the message at hand. Should that fail, the client is
   * told so in the place of the message.
   *
   * @param requests emits what stands before that
   */
  void prepare(PooledBackend backend, ScannedQuery query, Requests requests) {
    int before = made.size();
    ByteBuf parses = parses(backend, query, before, requests);
    if (parses != null) {
      backend.write(parses);
      for (int i = before; i < made.size(); i++) {
        backend.owed().add(Reply.Plain.PARSE_AGAIN);
      }
    }
  }

  /** The same in front of a Query that no batch has begun before, which fails if this does. */
  void prepareForQuery(PooledBackend backend, ScannedQuery query, Requests requests) {
    ByteBuf parses = parses(backend, query, made.size(), requests);
    if (parses != null) {
      backend.owed().add(new Prepared());
      backend.write(parses.writeByte(FrontendMessage.SYNC).writeInt(4));
    }
  }

  /** Null if the backend has all that the text names. */
  private @Nullable ByteBuf parses(
      PooledBackend backend, ScannedQuery query, int before, Requests requests) {
    ByteBuf out = backend.channel().alloc().buffer(256);
    for (ScannedQuery.Step step : query.steps()) {
      ClientStatement statement = namedBy(step.effect());
      String name = nameIn(step.effect());
      if (statement != null && made.add(name)) {
        statement.text().writeParse(out, name.getBytes(StandardCharsets.UTF_8), statement.told());
      }
    }
    if (made.size() == before) {
      out.release();
      return null;
    }
    requests.emitFirst();
    return out;
  }

  /** Statements in a batch of their own; the client isn't told of it. */
  private static final class Prepared extends Reply.Exchange {

    Prepared() {
      super(1);
    }

    @Override
    protected void done() {}
  }

  /** The statement that an effect names; empty for none. */
  static String nameIn(SessionEffect effect) {
    return effect instanceof SessionEffect.ExecuteStatement execute
        ? execute.name()
        : effect instanceof SessionEffect.Deallocate deallocate ? deallocate.name() : "";
  }

  /** Whether something has to be closed behind the exchange. */
  boolean areMade() {
    return !made.isEmpty();
  }

  /** Takes them off the backend, behind the message by which the exchange ends. */
  void close(PooledBackend backend) {
    StatementsClosed.close(backend, made);
    made.clear();
  }
}
