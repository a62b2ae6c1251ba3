package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.BackendStatement;
import dev.tenantgate.gateway.backend.BackendStatements;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.statements.AnalysisClock;
import dev.tenantgate.gateway.statements.ClientStatement;
import dev.tenantgate.gateway.statements.ClientStatements;
import dev.tenantgate.gateway.statements.Description;
import dev.tenantgate.gateway.statements.PlanKey;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client's named statements on the backend that it has. Its own Parse always goes out, and makes
 * a statement that nobody else uses; it is described behind the client's back, so that it is known
 * what the client relies on. On any other backend the statement is prepared anew, with the types of
 * parameters that the client was told, and shared by all who were told the same. Before anything is
 * run, its description is held against the client's, and where they differ the client is told what
 * PostgreSQL tells after such a change. Event-loop confined.
 */
final class Preparations {

  /** As PostgreSQL words it; drivers know it by its routine, and prepare again. */
  static final Report OUTDATED =
      new Report(
          Severity.ERROR,
          SqlState.FEATURE_NOT_SUPPORTED.code(),
          "cached plan must not change result type",
          null,
          null,
          Report.CACHED_PLAN_ROUTINE);

  private static final int HEADER_BYTES = 5;

  private final Relay relay;
  private final Requests requests;
  private final AnalysisContext context;

  /** A message of the client's waits for its description. */
  private @Nullable BackendStatement awaited;

  /** Its Parse goes out at the moment; a Describe is to follow. */
  private @Nullable ClientStatement undescribed;

  private @Nullable BackendStatement undescribedAs;

  private int verdict;

  Preparations(Relay relay, Requests requests, AnalysisContext context) {
    this.relay = relay;
    this.requests = requests;
    this.context = context;
  }

  // ---- the client's own Parse

  /** Writes the beginning of a client's Parse, of which the rest follows. */
  void define(
      PooledBackend backend, ClientStatement statement, ClientStatements all, int restBytes) {
    requests.emitBefore();
    makeRoom(backend);
    BackendStatement prepared =
        backend
            .statements()
            .add(statement.ownKey(), backend.batch(), statement.sentAt(), statement);
    statement.isOwnIn(backend.statements().place());
    prepared.madeIn(relay.passage().generation());
    byte[] name = prepared.name();
    backend.write(
        backend
            .channel()
            .alloc()
            .buffer(HEADER_BYTES + name.length + 1)
            .writeByte(FrontendMessage.PARSE)
            .writeInt(4 + name.length + 1 + restBytes)
            .writeBytes(name)
            .writeByte(0));
    all.defines(statement, requests.batch());
    backend.owed().add(new Reply.Defined(statement, all, prepared));
    relay.traffic().parsedAtServer();
    undescribed = statement;
    undescribedAs = prepared;
  }

  /** Whether a Describe is to follow what the client has sent last. */
  boolean owesDescribe() {
    return undescribed != null;
  }

  /** The statement that is still to be described; null if there is none. */
  @Nullable ClientStatement undescribed() {
    return undescribed;
  }

  /** Has the statement that the client prepared last described behind its back. */
  void describe() {
    ClientStatement statement = undescribed;
    BackendStatement prepared = undescribedAs;
    PooledBackend backend = relay.backend();
    undescribed = null;
    undescribedAs = null;
    if (statement != null && prepared != null && backend != null) {
      requests.emitBefore();
      writeDescribe(backend, statement, prepared, true);
    }
  }

  /** Writes a Describe of a client's statement, of which more is known when it is answered. */
  void writeDescribe(
      PooledBackend backend, ClientStatement statement, BackendStatement prepared, boolean hidden) {
    if (statement.equals(undescribed)) {
      undescribed = null;
      undescribedAs = null;
    }
    backend.write(Statements.naming(backend, FrontendMessage.DESCRIBE, prepared.name()));
    backend
        .owed()
        .add(
            new Reply.Described(
                hidden,
                prepared,
                description -> {
                  prepared.describe(description);
                  statement.tell(description);
                }));
  }

  // ---- on whichever backend the client has

  /**
   * The statement as the backend has it, as the client relies on it.
   *
   * @param type of the message that names it
   * @return null if the message isn't to be sent on, but {@link #verdict()}
   */
  @Nullable BackendStatement ensure(PooledBackend backend, ClientStatement statement, byte type) {
    if (backend.isSkipping()) {
      verdict = Requests.FORWARD;
      return null;
    }
    BackendStatements statements = backend.statements();
    long generation = relay.passage().generation();
    Description told = statement.told();
    BackendStatement own =
        told == null || statement.mayHaveOwnIn(statements.place())
            ? statements.find(statement.ownKey(), backend.batch())
            : null;
    if (told == null) {
      return own == null ? awaitOwn(backend, statement) : own;
    }
    long changedAt = relay.server().changedAt();
    if (own != null) {
      if (own.isMadeIn(generation) && own.analysedAt() > changedAt) {
        return own;
      }
      statements.retire(own);
    }
    BackendStatement found = shared(backend, statement, generation, changedAt);
    Description description = found.description();
    if (description == null) {
      return await(found);
    }
    if (description.equals(told)) {
      return found;
    }
    statements.retire(found);
    verdict = requests.refuse(backend, type, OUTDATED);
    return null;
  }

  /** The statement for all who were told the same, prepared now if the backend hasn't got it. */
  private BackendStatement shared(
      PooledBackend backend, ClientStatement statement, long generation, long changedAt) {
    PlanKey key = statement.key(path(), generation);
    BackendStatement found = served(backend, statement, key, changedAt);
    if (found == null && context.settings() == null) {
      key = statement.keyOfLease(relay.lease().number(), generation);
      found = served(backend, statement, key, changedAt);
    }
    return found == null ? prepare(backend, statement, key) : found;
  }

  private static @Nullable BackendStatement served(
      PooledBackend backend, ClientStatement statement, PlanKey key, long changedAt) {
    BackendStatement found = backend.statements().find(key, backend.batch());
    return found != null && statement.isServedBy(found.analysedAt(), changedAt) ? found : null;
  }

  /** Waits for the description, which is under way or is asked for now. */
  private @Nullable BackendStatement awaitOwn(PooledBackend backend, ClientStatement statement) {
    BackendStatement underWay = backend.statements().underWay(statement.ownKey());
    return await(underWay == null ? prepare(backend, statement, statement.ownKey()) : underWay);
  }

  /** Takes out what the client's own Parse has made on a backend; null if it isn't there. */
  @Nullable BackendStatement takeOwn(PooledBackend backend, ClientStatement statement) {
    BackendStatement own = backend.statements().find(statement.ownKey(), backend.batch());
    return own != null && backend.statements().take(own) ? own : null;
  }

  /** The verdict on a message for which {@link #ensure} had no statement. */
  int verdict() {
    return verdict;
  }

  private @Nullable BackendStatement await(BackendStatement statement) {
    awaited = statement;
    verdict = Requests.PAUSE;
    return null;
  }

  /** Whether what waits for a description need not wait any longer. */
  boolean mayGoOn(PooledBackend backend) {
    BackendStatement statement = awaited;
    if (statement == null
        || (statement.description() == null
            && !backend.isSkipping()
            && backend.statements().has(statement))) {
      return false;
    }
    awaited = null;
    return true;
  }

  private BackendStatement prepare(PooledBackend backend, ClientStatement statement, PlanKey key) {
    requests.emitBefore();
    makeRoom(backend);
    BackendStatement prepared =
        backend.statements().add(key, backend.batch(), AnalysisClock.tick(), null);
    prepared.madeIn(relay.passage().generation());
    List<String> back =
        context.enter(backend, statement.text().text(), statement.settings(), statement.user());
    ByteBuf parse = backend.channel().alloc().buffer(256);
    statement.text().writeParse(parse, prepared.name(), statement.told());
    backend.write(parse);
    backend.owed().add(new Reply.Prepared(prepared));
    relay.traffic().parsedAtServer();
    writeDescribe(backend, statement, prepared, true);
    BatchResets.write(backend, back);
    backend.write(FrontendMessage.flush(backend.channel().alloc()));
    return prepared;
  }

  /** The path that statements are most probably run on. */
  private @Nullable String path() {
    return relay.effects().path(relay.carried().current().get("search_path"));
  }

  private void makeRoom(PooledBackend backend) {
    BackendStatements statements = backend.statements();
    BackendStatement old = statements.evict(relay.server().mostPrepared() - 1);
    while (old != null) {
      backend.write(Statements.naming(backend, FrontendMessage.CLOSE, old.name()));
      backend.owed().add(new Reply.Evicted(old));
      old = statements.evict(relay.server().mostPrepared() - 1);
    }
  }
}
