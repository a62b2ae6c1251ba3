package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.ScannedQuery;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Query where backends are shared: the statements that it names are prepared in front of it, and
 * a client's own settings are set again behind its resets. Event-loop confined.
 */
final class QueryTranslation {

  private static final int HEADER_BYTES = Statements.HEADER_BYTES;

  private final SharedStatements statements;
  private final Relay relay;
  private final Requests requests;

  QueryTranslation(SharedStatements statements) {
    this.statements = statements;
    this.relay = statements.relay;
    this.requests = statements.requests;
  }

  /** Lets a Query pass. The verdict is that of {@link Requests#frame}. */
  int query(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    if (bodyBytes > Requests.MOST_TEXT_BYTES) {
      requests.predictedEnd().unknown();
      requests.queryGoesOut(backend);
      statements.longText().beginQuery(backend);
      return Requests.FORWARD;
    }
    int textAt = at + HEADER_BYTES;
    int textBytes = bodyBytes - 1;
    ScannedQuery query = statements.scan(in, textAt, textBytes);
    if (!relay.signals().pass(query, in, textAt, textBytes)) {
      return Requests.PAUSE;
    }
    statements.noteText(in, textAt, textBytes, query);
    boolean followed = statements.isFollowed(query, in, textAt, textBytes);
    SqlNames.Uses uses =
        SqlNames.areIn(query) ? statements.sqlNames.uses(query, statements.context.now()) : null;
    int verdict = Requests.FORWARD;
    if (query.isEmpty()) {
      statements.gate.suspect(backend, List.of());
    } else {
      verdict = admit(backend, query);
    }
    if (verdict != Requests.FORWARD) {
      return verdict;
    }
    if (followed) {
      requests.predictedEnd().query(query, in, textAt, textBytes);
    } else {
      requests.predictedEnd().unknown();
    }
    if (uses != null) {
      prepareNamed(backend, query, uses);
    }
    return send(backend, in, at, bodyBytes, restoring(query, in, textAt, textBytes));
  }

  /** Has a Query with effects pass the gate, or the DEALLOCATE that it is answered. */
  private int admit(PooledBackend backend, ScannedQuery query) {
    if (statements.undecided.await(query)) {
      relay.lease().answers().areHere(backend); // which are awaited, unless a batch is open
      return Requests.PAUSE;
    }
    int verdict = statements.gate.apply(backend, query, null, FrontendMessage.QUERY);
    String gone = verdict == Requests.FORWARD ? TextLook.onlyDeallocates(query) : null;
    if (gone == null || !statements.named.mayHave(gone)) {
      return verdict;
    }
    if (!relay.lease().answers().areHere(backend)) {
      return Requests.PAUSE; // whether it is there, and one can be made for it, they tell
    }
    if (statements.named.find(gone) == null || backend.isInFailedTransaction()) {
      return verdict;
    }
    statements.deallocation.query(backend, gone);
    return Requests.DROP;
  }

  /** Sees to it that the backend knows the client's statements that a Query names. */
  private void prepareNamed(PooledBackend backend, ScannedQuery query, SqlNames.Uses uses) {
    if (requests.isInBatch() || requests.isBehindBatch()) {
      statements.sqlNames.prepare(backend, query, uses, requests);
    } else {
      statements.sqlNames.prepareForQuery(backend, query, uses, requests);
    }
    for (ScannedQuery.Step step : query.steps()) {
      if (step.effect().kind().statements() == EffectKind.Statements.DROPS) {
        statements.deallocation.remove(backend, SqlNames.nameIn(step.effect()));
      }
    }
  }

  private @Nullable RestoringQuery restoring(
      ScannedQuery query, ByteBuf in, int textAt, int textBytes) {
    return query.isEmpty()
        ? null
        : RestoringQuery.of(
            in,
            textAt,
            textBytes,
            statements.sqlNames.withExecuted(query),
            statements.looks.script(),
            relay.effects().texts().rules(),
            relay.effects().startup(),
            relay.carried().current(),
            relay.listening());
  }

  private int send(
      PooledBackend backend, ByteBuf in, int at, int bodyBytes, @Nullable RestoringQuery instead) {
    SqlNames names = statements.sqlNames;
    if (instead == null && !names.areMade()) {
      requests.queryGoesOut(backend);
      return Requests.FORWARD;
    }
    requests.emitBefore();
    if (instead == null) {
      requests.queryGoesOut(backend);
      backend.write(in.copy(at, HEADER_BYTES + bodyBytes));
    } else {
      requests.queryGoesOut(backend, new Reply.Inserted(instead.behind()));
      backend.write(instead.encode(backend.channel().alloc()));
      relay.effects().parameters().restored();
    }
    if (names.areMade() && !requests.isBehindBatch()) {
      names.close(backend);
    }
    return Requests.DROP;
  }
}
