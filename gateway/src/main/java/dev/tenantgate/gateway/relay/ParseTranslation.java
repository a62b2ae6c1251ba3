package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply.Plain;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.statements.ClientStatement;
import dev.tenantgate.gateway.statements.ClientStatements;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * A Parse where backends are shared: the client's name is replaced by one of the gateway's.
 * Event-loop confined.
 */
final class ParseTranslation {

  private static final int HEADER_BYTES = Statements.HEADER_BYTES;

  private final SharedStatements statements;
  private final ClientStatements named;
  private final Relay relay;
  private final Requests requests;

  ParseTranslation(SharedStatements statements) {
    this.statements = statements;
    this.named = statements.named;
    this.relay = statements.relay;
    this.requests = statements.requests;
  }

  /** Lets a Parse pass. The verdict is that of {@link Requests#frame}. */
  int parse(PooledBackend backend, ByteBuf in, int at, int bodyBytes) {
    int nameAt = at + HEADER_BYTES;
    int nameBytes = Statements.nameBytes(in, nameAt, bodyBytes);
    if (bodyBytes > Requests.MOST_TEXT_BYTES) {
      return nameBytes == 0 ? longUnnamed(backend) : longNamed(backend, in, nameAt, nameBytes);
    }
    int textAt = nameAt + nameBytes + 1;
    int restBytes = bodyBytes - nameBytes - 1;
    int textBytes = Statements.textBytes(in, textAt, textAt + restBytes);
    ScannedQuery query = statements.scan(in, textAt, textBytes);
    if (!relay.signals().pass(query, in, textAt, textBytes)
        || statements.undecided.await(in, nameAt, nameBytes)
        || statements.undecided.await(query)) {
      return Requests.PAUSE;
    }
    int passed = statements.gate.passSchemas(backend, query);
    if (passed != Requests.FORWARD) {
      return passed;
    }
    statements.gate.mayBeBound(query);
    statements.noteText(in, textAt, textBytes, query);
    statements.prepareNamed(backend, query);
    return nameBytes == 0
        ? unnamed(backend, in, textAt, restBytes, query)
        : named(backend, in, nameAt, nameBytes, restBytes, query);
  }

  private int named(
      PooledBackend backend, ByteBuf in, int at, int bytes, int restBytes, ScannedQuery query) {
    if (named.find(in, at, bytes) != null) {
      // The server looks at the text first, and may have something else to say.
      requests.emitBefore();
      BatchResets.writeAnalysis(backend, in.slice(at + bytes + 1, restBytes));
      return refuseDuplicate(backend, in, at, bytes);
    }
    if (relay.pin().isSet()) {
      // SQL's PREPARE may have made one of the name, as the server tells.
      requests.emitBefore();
      BatchResets.writeTrial(backend, in.slice(at, bytes), in.slice(at + bytes + 1, restBytes));
    }
    if (!named.hasRoom(bytes, restBytes)) {
      return requests.refuse(
          backend, FrontendMessage.PARSE, relay.memory().refusal("prepared statements"));
    }
    AnalysisContext context = statements.context;
    ClientStatement statement =
        named.add(in, at, bytes, restBytes, query, context.settings(), context.user());
    statements.preparations.define(backend, statement, named, restBytes);
    return HEADER_BYTES + bytes + 1;
  }

  private int refuseDuplicate(PooledBackend backend, ByteBuf in, int nameAt, int nameBytes) {
    String name = in.toString(nameAt, nameBytes, StandardCharsets.UTF_8);
    return requests.refuse(
        backend,
        FrontendMessage.PARSE,
        Report.error(
            SqlState.DUPLICATE_PREPARED_STATEMENT,
            "prepared statement \"%s\" already exists".formatted(name)));
  }

  private int unnamed(
      PooledBackend backend, ByteBuf in, int textAt, int restBytes, ScannedQuery query) {
    boolean certain = requests.beginsBatch() && !statements.sqlNames.areMade();
    String gone = TextLook.onlyDeallocates(query);
    if (gone != null && named.find(gone) != null) {
      requests.emitBefore();
      statements.unnamed.deallocates(backend, gone, certain);
      return Requests.DROP;
    }
    if (statements.isFollowed(query, in, textAt, restBytes)) {
      requests.predictedEnd().parse(in, textAt, restBytes);
    }
    statements.unnamed.set(backend, in, textAt, restBytes, query, certain);
    relay.traffic().parsedAtServer();
    return Requests.FORWARD;
  }

  // ---- a text too long to be kept

  private int longUnnamed(PooledBackend backend) {
    statements.unnamed.unseen(backend, requests.beginsBatch());
    statements.longText().beginParse(backend, false);
    relay.traffic().parsedAtServer();
    return Requests.FORWARD;
  }

  /** Under a name it is on this backend alone, which the session keeps. */
  private int longNamed(PooledBackend backend, ByteBuf in, int nameAt, int nameBytes) {
    if (statements.undecided.await(in, nameAt, nameBytes)) {
      return Requests.PAUSE;
    }
    if (named.find(in, nameAt, nameBytes) != null) {
      return refuseDuplicate(backend, in, nameAt, nameBytes);
    }
    if (relay.server().refusesUnpoolable() && !relay.pin().isSet()) {
      return requests.refuse(
          backend, FrontendMessage.PARSE, StatementGate.unpoolable(PinReason.TEXT.words()));
    }
    statements.longText().beginParse(backend, true);
    relay.pin().set(PinReason.TEXT);
    backend.owed().add(Plain.PARSE);
    relay.traffic().parsedAtServer();
    return Requests.FORWARD;
  }
}
