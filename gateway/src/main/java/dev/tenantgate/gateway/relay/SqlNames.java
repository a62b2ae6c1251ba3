package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.backend.StatementsClosed;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.settings.NameSet;
import dev.tenantgate.gateway.statements.ClientStatement;
import dev.tenantgate.gateway.statements.ClientStatements;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client's statements that SQL names, by EXECUTE or DEALLOCATE: until the exchange ends, the
 * backend has them under the client's own names as well. Event-loop confined.
 */
final class SqlNames {

  private final ClientStatements named;
  private final Set<String> made = new NameSet();

  SqlNames(ClientStatements named) {
    this.named = named;
  }

  /** The client's statement that an effect names; null if it names none. */
  @Nullable ClientStatement namedBy(SessionEffect effect) {
    return switch (effect.kind().statements()) {
      case EXECUTES, DROPS -> named.find(nameIn(effect));
      case NONE, PREPARES, DROPS_ALL, DISCARDS -> null;
    };
  }

  /**
   * The client's statements that a text names, as they are before it: the text itself may drop
   * them.
   *
   * @param now the session then
   */
  record Uses(Map<String, ClientStatement> statements, AnalysisContext.Now now) {}

  /** The statements that a text names which is about to go out. */
  Uses uses(ScannedQuery query, AnalysisContext.Now now) {
    Map<String, ClientStatement> statements = new HashMap<>(2);
    for (ScannedQuery.Step step : query.steps()) {
      String name = nameIn(step.effect());
      ClientStatement statement = name.isEmpty() ? null : named.find(name);
      if (statement != null) {
        statements.put(name, statement);
      }
    }
    return new Uses(statements, now);
  }

  /**
   * Prepares what a text names, in front of the message at hand. Should that fail, the client is
   * told so in the place of the message.
   *
   * @param requests emits what stands before that
   */
  void prepare(PooledBackend backend, ScannedQuery query, Uses uses, Requests requests) {
    ByteBuf parses = backend.channel().alloc().buffer(256);
    List<Reply> replies = new ArrayList<>(0);
    write(parses, query, uses, replies);
    if (replies.isEmpty()) {
      parses.release();
      return;
    }
    requests.emitBefore();
    backend.write(parses);
    replies.forEach(backend.owed()::add);
  }

  /** The same in front of a Query that no batch has begun before, which fails if this does. */
  void prepareForQuery(PooledBackend backend, ScannedQuery query, Uses uses, Requests requests) {
    ByteBuf parses = backend.channel().alloc().buffer(256);
    write(parses, query, uses, new ArrayList<>(0));
    if (!parses.isReadable()) {
      parses.release();
      return;
    }
    requests.emitBefore();
    backend.owed().add(new Prepared());
    backend.write(parses.writeByte(FrontendMessage.SYNC).writeInt(4));
  }

  /**
   * Writes a Parse of each that a text names.
   *
   * @param replies get what the server owes for them
   */
  private void write(ByteBuf out, ScannedQuery query, Uses uses, List<Reply> replies) {
    Set<String> remade = new LinkedHashSet<>(0);
    List<ScannedQuery.Step> steps = query.steps();
    for (int i = 0; i < steps.size(); i++) {
      SessionEffect effect = steps.get(i).effect();
      String name = nameIn(effect);
      ClientStatement statement = name.isEmpty() ? null : uses.statements().get(name);
      if (statement != null && made.add(name)) {
        write(out, name, statement, uses.now(), replies);
      }
      if (effect.kind().statements() == EffectKind.Statements.PREPARES
          && isDropped(steps.subList(0, i), name)) {
        remade.add(name);
      }
    }
    // The client's PREPARE has made another one by then, which stays.
    made.removeAll(remade);
  }

  private static void write(
      ByteBuf out,
      String name,
      ClientStatement statement,
      AnalysisContext.Now now,
      List<Reply> replies) {
    AnalysisDetour detour =
        AnalysisContext.detour(
            now, statement.text().text(), statement.settings(), statement.user());
    for (String there : detour.there()) {
      BatchResets.append(out, there);
      replies.add(Reply.Plain.RESTORED);
    }
    statement.text().writeParse(out, name.getBytes(StandardCharsets.UTF_8), statement.told());
    replies.add(Reply.Plain.PARSE_AGAIN);
    for (String back : detour.back()) {
      BatchResets.append(out, back);
      replies.add(Reply.Plain.RESTORED);
    }
  }

  /** The same query, and the effects of the client's statements that it executes. */
  ScannedQuery withExecuted(ScannedQuery query) {
    if (!query.has(EffectKind.EXECUTE_STATEMENT)) {
      return query;
    }
    List<ScannedQuery.Step> steps = new ArrayList<>(query.steps().size() + 1);
    for (ScannedQuery.Step step : query.steps()) {
      steps.add(step);
      ClientStatement executed =
          step.effect().kind() == EffectKind.EXECUTE_STATEMENT ? namedBy(step.effect()) : null;
      if (executed != null) {
        for (SessionEffect effect : executed.text().scanned().effects()) {
          steps.add(new ScannedQuery.Step(step.statement(), effect));
        }
      }
    }
    return new ScannedQuery(steps, query.statements(), query.exact());
  }

  private static boolean isDropped(List<ScannedQuery.Step> before, String name) {
    for (ScannedQuery.Step step : before) {
      boolean dropped =
          switch (step.effect().kind().statements()) {
            case DROPS_ALL, DISCARDS -> true;
            case DROPS -> nameIn(step.effect()).equals(name);
            case NONE, PREPARES, EXECUTES -> false;
          };
      if (dropped) {
        return true;
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
    return switch (effect.kind().statements()) {
      case PREPARES, EXECUTES, DROPS -> ((SessionEffect.OfStatement) effect).name();
      case NONE, DROPS_ALL, DISCARDS -> "";
    };
  }

  /** Whether a text names statements. */
  static boolean areIn(ScannedQuery query) {
    return query.has(EffectKind.EXECUTE_STATEMENT)
        || query.has(EffectKind.DEALLOCATE)
        || query.has(EffectKind.PREPARE_STATEMENT);
  }

  /** Whether something has to be closed behind the exchange. */
  boolean areMade() {
    return !made.isEmpty();
  }

  /** They are on a backend that nobody gets any more. */
  void forget() {
    made.clear();
  }

  /** Takes them off the backend, behind the message by which the exchange ends. */
  void close(PooledBackend backend) {
    StatementsClosed.close(backend, made);
    made.clear();
  }
}
