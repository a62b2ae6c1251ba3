package dev.tenantgate.gateway.transaction;

import dev.tenantgate.gateway.scan.SessionEffect;
import org.jspecify.annotations.Nullable;

/**
 * Where the statements of a transaction lead, one after the other: by the path that they set or
 * reset, and by the user whose name {@code $user} in it stands for. Savepoints are passed over: who
 * goes back to one was where it leads before. Event-loop confined.
 */
final class Heading {

  private static final String NO_ROLE = "none";

  private final TransactionRelay relay;

  /** When the transaction began, by which it is known. */
  private long beganNanos;

  private @Nullable String path;

  /** By a SET ROLE; null if there was none. */
  private @Nullable String role;

  /** By a SET SESSION AUTHORIZATION; null for the user that has logged in. */
  private @Nullable String authorization;

  Heading(TransactionRelay relay) {
    this.relay = relay;
  }

  /** The path behind a statement, without {@code $user}; null if it leads nowhere. */
  @Nullable String behind(SessionEffect effect) {
    begin();
    return follow(effect) ? relay.passage().gate().resolved(path, user()) : null;
  }

  private void begin() {
    if (beganNanos != relay.passage().beganNanos()) {
      beganNanos = relay.passage().beganNanos();
      path = relay.settings().get(SessionEffect.SEARCH_PATH);
      role = relay.settings().get("role");
      authorization = relay.settings().get("session_authorization");
    }
  }

  private @Nullable String user() {
    return role == null || (role.equals(NO_ROLE) && authorization != null) ? authorization : role;
  }

  /** Whether the statement changes any of it, as far as that can be told. */
  private boolean follow(SessionEffect effect) {
    return switch (effect.kind()) {
      case SET_PARAMETER -> {
        SessionEffect.SetParameter set = (SessionEffect.SetParameter) effect;
        String value = Effects.textOf(set.value());
        yield value != null && set(set.name(), value);
      }
      case SET_CONFIG -> {
        String value = Effects.pathOf(effect);
        yield value != null && set(SessionEffect.SEARCH_PATH, value);
      }
      case RESET_PARAMETER -> reset(((SessionEffect.ResetParameter) effect).name());
      case RESET_ALL -> reset(SessionEffect.SEARCH_PATH);
      case DISCARD_ALL -> {
        become(startup("session_authorization"));
        yield reset(SessionEffect.SEARCH_PATH);
      }
      case BEGIN,
          COMMIT,
          ROLLBACK,
          PREPARE_TRANSACTION,
          SAVEPOINT,
          RELEASE_SAVEPOINT,
          ROLLBACK_TO_SAVEPOINT,
          PREPARE_STATEMENT,
          EXECUTE_STATEMENT,
          DEALLOCATE,
          DEALLOCATE_ALL,
          LISTEN,
          UNLISTEN,
          TEMPORARY_OBJECT,
          DISCARD_TEMPORARY,
          HOLD_CURSOR,
          SESSION_ADVISORY_LOCK,
          RANDOM_SEED,
          PROCESS_STATE,
          LOAD_LIBRARY,
          HIDDEN_CALL,
          UNSEEN_STATE,
          UNPROVEN,
          NAMES_SCHEMAS,
          SIGNAL_BACKEND,
          NOTIFY,
          OPAQUE_BODY ->
          false;
    };
  }

  private boolean reset(String name) {
    switch (name) {
      case SessionEffect.SEARCH_PATH -> path = startup(name);
      case "role" -> role = startup(name);
      case "session_authorization" -> become(startup(name));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean set(String name, String value) {
    switch (name) {
      case SessionEffect.SEARCH_PATH -> path = value;
      case "role" -> role = value.equalsIgnoreCase(NO_ROLE) ? NO_ROLE : value;
      case "session_authorization" -> become(value);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Whoever becomes another user takes off the role. */
  private void become(@Nullable String user) {
    authorization = user;
    role = user == null ? startup("role") : null;
  }

  private @Nullable String startup(String name) {
    return relay.effects().startup().get(name);
  }
}
