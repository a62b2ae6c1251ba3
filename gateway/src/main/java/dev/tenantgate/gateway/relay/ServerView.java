package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.config.PoolSettings.Unpoolable;
import dev.tenantgate.gateway.pool.Lender;
import dev.tenantgate.gateway.scan.PlainTexts;
import dev.tenantgate.gateway.scan.UnpoolableRoutines;
import dev.tenantgate.gateway.settings.Effects;
import dev.tenantgate.gateway.statements.AnalysisClock;
import dev.tenantgate.gateway.statements.StatementTexts;
import io.netty.buffer.ByteBuf;

/**
 * The pool's rules and what is known of its database, as they bear on one client's messages.
 * Event-loop confined.
 */
final class ServerView {

  private final Lender pool;
  private final TenantGate gate;
  private final Effects effects;

  ServerView(Lender pool, TenantGate gate, Effects effects) {
    this.pool = pool;
    this.gate = gate;
    this.effects = effects;
  }

  /** Whether other clients get the backends as well. */
  boolean isShared() {
    return pool.isShared();
  }

  /** Whether anything of the session is gated, so that somebody has to look at its texts. */
  boolean isGated() {
    return pool.isShared() || gate.isGated();
  }

  int mostPrepared() {
    return pool.rules().maxPrepared();
  }

  boolean refusesUnpoolable() {
    return pool.isShared() && pool.rules().unpoolable() == Unpoolable.REFUSE;
  }

  /** Whether a BEGIN goes to a backend with the statement behind it. */
  boolean defersBegin() {
    return pool.isShared() && pool.rules().begin() == PoolSettings.Begin.DEFERRED;
  }

  StatementTexts statementTexts() {
    return pool.statementTexts();
  }

  // ---- what names mean

  /** When names were last known to mean something else, by the {@link AnalysisClock}. */
  long changedAt() {
    return gate.isUntenanted() || effects.isPathInDoubt()
        ? pool.changes().changedAt(gate.migrations())
        : pool.changes().definedAt();
  }

  /** All changes that are known count as done by now. */
  void heedChanges() {
    pool.changes().changedAt(gate.migrations());
  }

  // ---- what texts do

  /** Whether a text can't be shown to leave the session as it is. */
  boolean canNotBeProven(ByteBuf text, int from, int bytes) {
    return pool.isShared()
        && pool.rules().readBack() == PoolSettings.ReadBack.AUTO
        && pool.server().unproven().mentionedIn(text, from, bytes);
  }

  /** Whether that is so of every text. */
  boolean nothingIsProven() {
    return pool.server().unproven().everything();
  }

  /** The knowledge behind that: equal answers for the same object. */
  Object provenBy() {
    return pool.server().unproven();
  }

  /** Texts that do nothing to their session, by all that is known now. */
  PlainTexts plainTexts() {
    PlainTexts texts = pool.plainTexts();
    texts.judgedBy(
        pool.rules(), pool.server().unproven(), pool.server().routines(), gate.textRules());
    return texts;
  }

  /** Commands that may leave in the session what can't be pooled. */
  UnpoolableRoutines unpoolableRoutines() {
    return pool.server().routines();
  }

  // ---- what the client does that concerns others

  /** The client makes a function that sets a parameter. */
  void expectHidden(String name) {
    pool.server().expectHidden(name);
  }

  /** The client is about to need a database without other users. */
  void release(String database) {
    pool.releaseDatabase(database);
  }
}
