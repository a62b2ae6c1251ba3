package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.scan.Operand;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.settings.SessionSettings;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The state that a session has left on a backend of its own, as far as its texts show. Parameters
 * and named statements can be put on another backend, should this one be lost between transactions.
 * Any other state can't, and ends the session then. State that functions leave unseen isn't known
 * here. Event-loop confined.
 */
final class RestorableState {

  private final SessionMemory memory;
  private final List<SessionEffect> pending = new ArrayList<>(0);
  private final Map<String, byte[]> statements = new LinkedHashMap<>(0);
  private SessionSettings parameters = SessionSettings.NONE;
  private boolean failed;
  private boolean lost;

  RestorableState(SessionMemory memory) {
    this.memory = memory;
  }

  /** Whether all that the session has can be put on another backend. */
  boolean isRestorable() {
    return !lost && pending.isEmpty();
  }

  /** The parameters that the session has set, but for those that decide where it is. */
  SessionSettings parameters() {
    return parameters;
  }

  /** The session has what no other backend can be given. */
  void lose() {
    lost = true;
  }

  // ---- effects of texts

  /** A statement goes out that does this. */
  void note(SessionEffect effect) {
    switch (effect.kind()) {
      case SET_PARAMETER -> {
        SessionEffect.SetParameter set = (SessionEffect.SetParameter) effect;
        if (!set.local()) {
          lost |= !(set.value() instanceof Operand.Literal);
          pending.add(set);
        }
      }
      case RESET_PARAMETER -> {
        if (!((SessionEffect.ResetParameter) effect).local()) {
          pending.add(effect);
        }
      }
      case RESET_ALL, DISCARD_ALL, DEALLOCATE, DEALLOCATE_ALL -> pending.add(effect);
      case ROLLBACK, ROLLBACK_TO_SAVEPOINT -> failed = true;
      case SET_CONFIG,
          PREPARE_STATEMENT,
          LISTEN,
          TEMPORARY_OBJECT,
          HOLD_CURSOR,
          SESSION_ADVISORY_LOCK,
          RANDOM_SEED,
          PROCESS_STATE,
          LOAD_LIBRARY,
          HIDDEN_CALL,
          UNSEEN_STATE,
          UNPROVEN,
          OPAQUE_BODY ->
          lose();
      case BEGIN,
          COMMIT,
          PREPARE_TRANSACTION,
          SAVEPOINT,
          RELEASE_SAVEPOINT,
          EXECUTE_STATEMENT,
          UNLISTEN,
          DISCARD_TEMPORARY,
          NAMES_SCHEMAS,
          SIGNAL_BACKEND,
          DEFINITION,
          NOTIFY -> {}
    }
  }

  /** The server has refused something. */
  void errored() {
    failed = true;
  }

  /** The transaction is over; what an error or a rollback may have undone isn't known any more. */
  void transactionEnded() {
    if (!pending.isEmpty()) {
      lost |= failed;
      pending.forEach(this::done);
      pending.clear();
    }
    failed = false;
  }

  private void done(SessionEffect effect) {
    switch (effect.kind().parameters()) {
      case SETS -> {
        SessionEffect.SetParameter set = (SessionEffect.SetParameter) effect;
        if (set.value() instanceof Operand.Literal literal) {
          parameters = parameters.with(set.name(), literal.text());
        }
      }
      case RESETS -> parameters = parameters.with(((SessionEffect.Named) effect).name(), null);
      case ALL_BUT_USER, ALL -> parameters = SessionSettings.NONE;
      case NONE, PUT_BACK, COMPUTED, LATER, ANY -> {}
    }
    switch (effect.kind().statements()) {
      case DROPS -> forget(((SessionEffect.OfStatement) effect).name());
      case DROPS_ALL, DISCARDS -> forgetAll();
      case NONE, PREPARES, EXECUTES -> {}
    }
  }

  // ---- named statements

  /**
   * A Parse goes out that names its statement.
   *
   * @param in has the whole message, whose body begins at that index
   * @return what its answer is to be owed as
   */
  Reply parsed(String name, ByteBuf in, int bodyAt, int bodyBytes) {
    byte[] body = new byte[bodyBytes];
    in.getBytes(bodyAt, body);
    return new Reply.Verbatim(() -> keep(name, body));
  }

  /** The named statements, each with the body of its Parse. */
  void forEachStatement(BiConsumer<String, byte[]> task) {
    statements.forEach(task);
  }

  /** How many statements are prepared by name. */
  int prepared() {
    return statements.size();
  }

  /** A Close of a statement goes out; what its answer is to be owed as. */
  Reply closed(String name) {
    return new Reply.Verbatim(() -> forget(name));
  }

  private void keep(String name, byte[] body) {
    forget(name);
    if (memory.take(body.length)) {
      statements.put(name, body);
    } else {
      lose();
    }
  }

  private void forget(String name) {
    byte[] body = statements.remove(name);
    if (body != null) {
      memory.give(body.length, 0);
    }
  }

  private void forgetAll() {
    List.copyOf(statements.keySet()).forEach(this::forget);
  }

  /**
   * Prepares the session's statements on another backend, behind its parameters.
   *
   * @param refused told if the server takes one of them no more
   */
  void prepareOn(PooledBackend backend, Consumer<Report> refused) {
    if (statements.isEmpty()) {
      return;
    }
    ByteBuf out = backend.channel().alloc().buffer();
    for (byte[] body : statements.values()) {
      out.writeByte(FrontendMessage.PARSE).writeInt(body.length + 4).writeBytes(body);
    }
    out.writeByte(FrontendMessage.SYNC).writeInt(4);
    backend
        .owed()
        .add(
            new Reply.Exchange(1) {
              private @Nullable Report refusal;

              @Override
              protected void error(Report report) {
                refusal = report;
              }

              @Override
              protected void done() {
                if (refusal != null) {
                  refused.accept(refusal);
                }
              }
            });
    backend.write(out);
  }
}
