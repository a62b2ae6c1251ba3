package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.SettingsChange;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.settings.Effects;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.settings.SessionSettings;
import org.jspecify.annotations.Nullable;

/**
 * The parameters that a client has set: carried from backend to backend where these are shared,
 * followed where the client has one of its own. Event-loop confined.
 */
abstract sealed class ClientSettings permits CarriedSettings, FollowedSettings {

  final TenantGate gate;
  final Effects effects;
  SessionSettings settings;

  ClientSettings(TenantGate gate, Effects effects) {
    this.gate = gate;
    this.effects = effects;
    this.settings = effects.startup();
  }

  /** Notes of the transaction under way. */
  final Effects effects() {
    return effects;
  }

  /** The settings when the transaction under way began. */
  final SessionSettings current() {
    return settings;
  }

  /** Whether the server reports {@code search_path} by itself, as from PostgreSQL 18 on. */
  abstract boolean reportsSearchPath();

  /** The session's state on a backend of its own; null where it has none of its own. */
  @Nullable RestorableState restorable() {
    return null;
  }

  /**
   * A statement with this effect goes out.
   *
   * @return what can't be carried to another backend; null if all can
   */
  abstract @Nullable PinReason note(SessionEffect effect);

  /**
   * The server has said that a parameter has another value.
   *
   * @param before the value that it said last; null if it never did
   */
  abstract void reported(String name, String value, @Nullable String before);

  /** The server has refused something. */
  abstract void errored();

  /** A statement goes out that may run what was defined lately. */
  abstract void suspect();

  /**
   * Whether only the server knows the settings behind the transactions that have ended. Where they
   * are known without it, they are taken over.
   *
   * @param backend on which the transactions ran
   */
  abstract boolean mayHaveChanged(PooledBackend backend);

  /**
   * Takes the backend's word for what has become of them.
   *
   * @param asked the question that has gone out already; null if none has
   */
  abstract void readBack(
      PooledBackend backend, @Nullable Readback asked, Readback.Listener listener);

  /**
   * Takes the answer.
   *
   * @param told whether the client may be sent something now
   */
  abstract void become(SessionSettings backendHas, SessionSettings wanted, boolean told);

  /** Writes what brings a backend to them; whether the client's messages may follow at once. */
  abstract boolean bring(PooledBackend backend, SettingsChange.Listener listener);

  // ---- of no concern where nobody else gets the backend

  /** Whether objects that the client creates may be temporary, although no statement says so. */
  boolean areTemporary() {
    return false;
  }

  /** Whether something may be left that the client's ReadyForQuery has to wait for. */
  boolean delayReady() {
    return false;
  }

  /** Whether every transaction is read back, whatever its statements are. */
  boolean isAnyReadBack() {
    return false;
  }

  /**
   * Writes the question what has become of them, behind the end of the transaction.
   *
   * @param unused runs when the answer has come, and nobody has wanted it
   * @return the question; null if there is nothing to be asked for
   */
  @Nullable Readback askEarly(PooledBackend backend, Runnable unused) {
    return null;
  }

  /** The client leaves, and nothing is asked for. */
  void leave() {}
}
