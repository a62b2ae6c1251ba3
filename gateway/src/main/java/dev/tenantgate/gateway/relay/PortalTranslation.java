package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.BackendStatement;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply.Plain;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.statements.ClientStatement;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Bind and an Execute where backends are shared: the statement's name is replaced by that of the
 * backend's, and what the client began with is set again behind a reset. Event-loop confined.
 */
final class PortalTranslation {

  private static final int HEADER_BYTES = Statements.HEADER_BYTES;

  private final SharedStatements statements;
  private final Relay relay;
  private final Requests requests;
  private final BatchResets resets;

  // Of the Bind at hand.
  private int portalBytes;
  private int nameBytes;
  private @Nullable ClientStatement bound;

  PortalTranslation(SharedStatements statements) {
    this.statements = statements;
    this.relay = statements.relay;
    this.requests = statements.requests;
    this.resets =
        new BatchResets(() -> relay.effects().startup(), relay.listening(), relay.memory());
  }

  /** Reads the names in the Bind at hand; the client's statement that it names, if there is one. */
  @Nullable ClientStatement readNames(ByteBuf in, int bodyAt, int bodyBytes) {
    portalBytes = Statements.nameBytes(in, bodyAt, bodyBytes);
    int nameAt = bodyAt + portalBytes + 1;
    nameBytes = Statements.nameBytes(in, nameAt, bodyBytes - portalBytes - 1);
    bound = nameBytes == 0 ? null : statements.named.find(in, nameAt, nameBytes);
    return bound;
  }

  /** Lets a Bind pass whose names have been read. The verdict is that of {@link Requests#frame}. */
  int bind(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    int nameAt = at + HEADER_BYTES + portalBytes + 1;
    if (statements.undecided.await(in, nameAt, nameBytes)) {
      return Requests.PAUSE;
    }
    ClientStatement statement = bound;
    if (nameBytes > 0 && statement == null) {
      return bindUnknown(backend);
    }
    ScannedQuery scanned =
        statement == null ? statements.unnamed.scanned() : statement.text().scanned();
    if (Signals.areIn(scanned) && !relay.signals().replaceInValues(values(in, at, bodyBytes))) {
      return Requests.PAUSE;
    }
    statements.prepareNamed(backend, scanned);
    BackendStatement prepared = null;
    if (statement != null) {
      prepared = statements.preparations.ensure(backend, statement, FrontendMessage.BIND);
      if (prepared == null) {
        return statements.preparations.verdict();
      }
    }
    ScannedQuery query = statement == null ? scanned : statements.look.known(statement.text());
    int verdict = admit(backend, query, in, at, bodyBytes);
    if (verdict != Requests.FORWARD) {
      return verdict;
    }
    note(statement, query, in, at + HEADER_BYTES);
    if (statement == null || prepared == null) {
      return bindUnnamed(backend);
    }
    prepared.isBoundAs(statement.name());
    return bindNamed(backend, prepared, in, at, bodyBytes);
  }

  private ByteBuf values(ByteBuf in, int at, int bodyBytes) {
    int end = (int) Math.min(in.writerIndex(), (long) at + HEADER_BYTES + bodyBytes);
    int valuesAt = at + HEADER_BYTES + portalBytes + 1 + nameBytes + 1;
    return in.slice(valuesAt, end - valuesAt);
  }

  private int admit(PooledBackend backend, ScannedQuery query, ByteBuf in, int at, int bodyBytes) {
    StatementGate gate = statements.gate;
    gate.isBound(portalBytes > 0);
    if (query.isEmpty()) {
      gate.suspect(backend, List.of());
      return Requests.FORWARD;
    }
    return query.equals(StatementGate.UNSEEN)
        ? gate.applyUnseen(backend, FrontendMessage.BIND)
        : gate.apply(backend, query, values(in, at, bodyBytes), FrontendMessage.BIND);
  }

  /** Notes the foreseen effects of the portal, and those to be set behind its Execute. */
  private void note(
      @Nullable ClientStatement statement, ScannedQuery query, ByteBuf in, int portalAt) {
    if (!query.isEmpty() || resets.wantsNames()) {
      String portal = in.toString(portalAt, portalBytes, StandardCharsets.ISO_8859_1);
      if (resets.bound(portal, statements.sqlNames.withExecuted(query).effects())) {
        relay.effects().parameters().restored();
      }
    }
    PredictedEnd end = requests.predictedEnd();
    end.bind(
        query,
        portalBytes == 0
            && statements.isFollowed(query)
            && (statement == null ? end.isUnnamedKnown() : end.isKnown(statement.text())));
  }

  private int bindNamed(
      PooledBackend backend, BackendStatement prepared, ByteBuf in, int at, int bodyBytes) {
    byte[] name = prepared.name();
    requests.emitBefore();
    backend.write(
        backend
            .channel()
            .alloc()
            .buffer(HEADER_BYTES + portalBytes + 1 + name.length + 1)
            .writeByte(FrontendMessage.BIND)
            .writeInt(4 + bodyBytes - nameBytes + name.length)
            .writeBytes(in, at + HEADER_BYTES, portalBytes + 1)
            .writeBytes(name)
            .writeByte(0));
    backend.owed().add(prepared);
    return HEADER_BYTES + portalBytes + 1 + nameBytes + 1;
  }

  /**
   * The server knows what to say, unless it is a long text that the session keeps a backend for.
   */
  private int bindUnknown(PooledBackend backend) {
    requests.predictedEnd().unknown();
    statements.gate.isBound(portalBytes > 0);
    int verdict =
        statements.isNamedOpaque()
            ? statements.gate.applyUnseen(backend, FrontendMessage.BIND)
            : Requests.FORWARD;
    if (verdict == Requests.FORWARD) {
      backend.owed().add(Plain.BIND);
    }
    return verdict;
  }

  private int bindUnnamed(PooledBackend backend) {
    UnnamedStatement unnamed = statements.unnamed;
    String gone = unnamed.deallocated();
    if (gone != null && statements.named.find(gone) != null) {
      statements.deallocation.bind(backend, gone);
    }
    int verdict = unnamed.use(backend, FrontendMessage.BIND);
    if (verdict == Requests.FORWARD) {
      if (unnamed.isToBeBoundOnlyOn(backend)) {
        relay.pin().mayEnd();
      }
      unnamed.isBound();
      backend.owed().add(Plain.BIND);
    }
    return verdict;
  }

  /** Whether the name in an Execute has to be read. */
  boolean wantsNames() {
    return resets.wantsNames();
  }

  /** Lets an Execute pass. The verdict is that of {@link Requests#frame}. */
  int execute(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    statements.gate.execute(backend);
    requests.predictedEnd().execute(bodyBytes == 1 + Integer.BYTES);
    backend.owed().add(Plain.EXECUTE);
    if (!resets.wantsNames() || bodyBytes > Requests.MOST_NAME_BYTES) {
      return Requests.FORWARD;
    }
    int bytes = Statements.nameBytes(in, at + HEADER_BYTES, bodyBytes);
    List<String> behind =
        resets.behind(in.toString(at + HEADER_BYTES, bytes, StandardCharsets.ISO_8859_1));
    if (behind == null) {
      return Requests.FORWARD;
    }
    requests.emitBefore();
    backend.write(in.copy(at, HEADER_BYTES + bodyBytes));
    BatchResets.write(backend, behind);
    return Requests.DROP;
  }

  /** There is no portal any more. */
  void clear() {
    resets.clear();
  }
}
