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
    ByteBuf parses = backend.channel().alloc().buffer(256);
    int count = write(parses, query);
    if (count == 0) {
      parses.release();
      return;
    }
    requests.emitFirst();
    backend.write(parses);
    for (int i = 0; i < count; i++) {
      backend.owed().add(Reply.Plain.PARSE_AGAIN);
    }
  }

  /** The same in front of a Query that no batch has begun before, which fails if this does. */
  void prepareForQuery(PooledBackend backend, ScannedQuery query, Requests requests) {
    ByteBuf parses = backend.channel().alloc().buffer(256);
    if (write(parses, query) == 0) {
      parses.release();
      return;
    }
    requests.emitFirst();
    backend.owed().add(new Prepared());
    backend.write(parses.writeByte(FrontendMessage.SYNC).writeInt(4));
  }

  /** Writes a Parse of each that a text names; how many there are. */
  private int write(ByteBuf out, ScannedQuery query) {
    int count = 0;
    Set<String> remade = new LinkedHashSet<>(0);
    for (ScannedQuery.Step step : query.steps()) {
      SessionEffect effect = step.effect();
      String name = nameIn(effect);
      ClientStatement statement = name.isEmpty() ? null : named.find(name);
      if (statement != null && made.add(name)) {
        statement.text().writeParse(out, name.getBytes(StandardCharsets.UTF_8), statement.told());
        count++;
      }
      if (effect instanceof SessionEffect.PrepareStatement && isDroppedBefore(query, step, name)) {
        remade.add(name);
      }
    }
    // The client's PREPARE has made another one by then, which stays.
    made.removeAll(remade);
    return count;
  }

  private static boolean isDroppedBefore(ScannedQuery query, ScannedQuery.Step end, String name) {
    for (ScannedQuery.Step step : query.steps()) {
      if (step == end) {
        return false;
      }
      switch (step.effect().kind()) {
        case DEALLOCATE_ALL, DISCARD_ALL -> {
          return true;
        }
        case DEALLOCATE -> {
          if (nameIn(step.effect()).equals(name)) {
            return true;
          }
        }
        default -> {}
      }
    }
    return false;
  }

  /** Statements in a batch of their own; the client isn't told of it. */
  private static final class Prepared extends Reply.Exchange {

    Prepared() {
      super(1);
    }

    @Override
    protected void done() {}
  }

  /**
   * The statement that an effect names; empty for none. A PREPARE fails where the client has one of
   * the name, and the server tells so once it has looked at the rest.
   */
  static String nameIn(SessionEffect effect) {
    return switch (effect.kind()) {
      case EXECUTE_STATEMENT -> ((SessionEffect.ExecuteStatement) effect).name();
      case DEALLOCATE -> ((SessionEffect.Deallocate) effect).name();
      case PREPARE_STATEMENT -> ((SessionEffect.PrepareStatement) effect).name();
      default -> "";
    };
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
