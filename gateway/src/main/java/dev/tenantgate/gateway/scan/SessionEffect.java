package dev.tenantgate.gateway.scan;

import java.util.List;

/**
 * One thing that a statement does to its session, once it succeeds. Immutable.
 *
 * <p>Names of parameters are in lower case, as the server compares them; all other names are as the
 * server stores them, folded or unquoted.
 */
public sealed interface SessionEffect {

  /** Its kind, which has the answers that are the same for all effects like it. */
  EffectKind kind();

  /** The parameter that decides which schemas a session sees. */
  String SEARCH_PATH = "search_path";

  /** A parameter is set or put back that the text names. */
  sealed interface Named extends SessionEffect {
    String name();
  }

  /**
   * A parameter gets a value: {@code SET [LOCAL] name = …}, {@code SET SCHEMA}, {@code SET ROLE},
   * {@code SET SESSION AUTHORIZATION} ({@code session_authorization}), {@code SET TIME ZONE},
   * {@code SET NAMES}, and a {@code set_config} whose arguments are known.
   *
   * @param value in the form that {@code set_config} and a StartupMessage take: for {@code
   *     search_path} a list of quoted names
   * @param local whether it ends with the transaction
   */
  record SetParameter(String name, Operand value, boolean local) implements Named {
    @Override
    public EffectKind kind() {
      return EffectKind.SET_PARAMETER;
    }
  }

  /** {@code RESET name}, {@code SET [LOCAL] name TO DEFAULT}. */
  record ResetParameter(String name, boolean local) implements Named {
    @Override
    public EffectKind kind() {
      return EffectKind.RESET_PARAMETER;
    }
  }

  /** {@code RESET ALL}: every parameter but {@code role} and {@code session_authorization}. */
  record ResetAll() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.RESET_ALL;
    }
  }

  /** {@code DISCARD ALL}: {@code RESET ALL} and all else that a session holds. */
  record DiscardAll() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.DISCARD_ALL;
    }
  }

  /**
   * A call of {@code set_config} that isn't fully known before Bind, or of which it isn't sure that
   * it is evaluated, and how often. An {@code UPDATE} of {@code pg_settings} is one as well.
   *
   * @param certain whether it is evaluated just once, if the statement succeeds
   */
  record SetConfig(Operand name, Operand value, Operand local, boolean certain)
      implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.SET_CONFIG;
    }

    /**
     * The same with what Bind gives for parameters; a plain effect, if all is known then.
     *
     * @param values by number, from 1
     */
    public SessionEffect bound(BoundValues values) {
      return ConfigCall.resolve(values.of(name), values.of(value), values.of(local), certain);
    }

    /** Whether it may set this parameter. */
    public boolean maySet(String parameter) {
      return !(name instanceof Operand.Literal literal)
          || literal.text().equalsIgnoreCase(parameter);
    }
  }

  /** {@code BEGIN}, {@code START TRANSACTION}. */
  record Begin() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.BEGIN;
    }
  }

  /**
   * {@code COMMIT}, {@code END}.
   *
   * @param chain whether the next transaction begins at once
   */
  record Commit(boolean chain) implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.COMMIT;
    }
  }

  /**
   * {@code ROLLBACK}, {@code ABORT}.
   *
   * @param chain whether the next transaction begins at once
   */
  record Rollback(boolean chain) implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.ROLLBACK;
    }
  }

  /** {@code PREPARE TRANSACTION}: the transaction leaves the session. */
  record PrepareTransaction() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.PREPARE_TRANSACTION;
    }
  }

  /** {@code SAVEPOINT}. */
  record Savepoint(String name) implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.SAVEPOINT;
    }
  }

  /** {@code RELEASE SAVEPOINT}. */
  record ReleaseSavepoint(String name) implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.RELEASE_SAVEPOINT;
    }
  }

  /** {@code ROLLBACK TO SAVEPOINT}. */
  record RollbackToSavepoint(String name) implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.ROLLBACK_TO_SAVEPOINT;
    }
  }

  /**
   * {@code PREPARE name AS …}.
   *
   * @param effects what an {@code EXECUTE} of it does
   */
  record PrepareStatement(String name, List<SessionEffect> effects) implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.PREPARE_STATEMENT;
    }

    public PrepareStatement {
      effects = List.copyOf(effects);
    }
  }

  /**
   * {@code EXECUTE name (…)}.
   *
   * @param certain whether it runs for sure; inside EXPLAIN it need not
   */
  record ExecuteStatement(String name, List<Operand> arguments, boolean certain)
      implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.EXECUTE_STATEMENT;
    }

    public ExecuteStatement {
      arguments = List.copyOf(arguments);
    }
  }

  /** {@code DEALLOCATE name}. */
  record Deallocate(String name) implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.DEALLOCATE;
    }
  }

  /** {@code DEALLOCATE ALL}. */
  record DeallocateAll() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.DEALLOCATE_ALL;
    }
  }

  /** {@code LISTEN}. */
  record Listen(String channel) implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.LISTEN;
    }
  }

  /** {@code UNLISTEN}; the channel is {@code *} for all. */
  record Unlisten(String channel) implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.UNLISTEN;
    }
  }

  /** A temporary table, view or sequence is made, or {@code pg_temp} is mentioned. */
  record TemporaryObject() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.TEMPORARY_OBJECT;
    }
  }

  /** {@code DISCARD TEMP}. */
  record DiscardTemporary() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.DISCARD_TEMPORARY;
    }
  }

  /** {@code DECLARE name CURSOR WITH HOLD}. */
  record HoldCursor(String name) implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.HOLD_CURSOR;
    }
  }

  /** A call of a function that takes an advisory lock for longer than the transaction. */
  record SessionAdvisoryLock() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.SESSION_ADVISORY_LOCK;
    }
  }

  /** A call of {@code setseed}: what {@code random()} gives afterwards is the session's own. */
  record RandomSeed() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.RANDOM_SEED;
    }
  }

  /**
   * A call of a function that leaves in the server's process what only its end clears: a connection
   * of dblink, the session's replication origin, a backup that has begun, a temporary slot.
   */
  record ProcessState() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.PROCESS_STATE;
    }
  }

  /** {@code LOAD}: a library stays in the server's process. */
  record LoadLibrary() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.LOAD_LIBRARY;
    }
  }

  /** Something is called or used that may set {@code search_path}, which a text doesn't show. */
  record HiddenCall() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.HIDDEN_CALL;
    }
  }

  /**
   * Something is called or written to that may leave in the session what can't be pooled.
   *
   * @param traceable whether the server can be asked what is left
   */
  record UnseenState(boolean traceable) implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.UNSEEN_STATE;
    }

    static final UnseenState TRACEABLE = new UnseenState(true);
    static final UnseenState UNTRACEABLE = new UnseenState(false);
  }

  /**
   * Something is called or used that can't be shown to leave the session as it is: all that a
   * session can have is asked for behind it.
   */
  record Unproven() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.UNPROVEN;
    }

    /** The only one that is needed. */
    public static final Unproven INSTANCE = new Unproven();
  }

  /**
   * Relations, routines or types are named with the schemas of tenants.
   *
   * @param schemas names as the server stores them, each once
   */
  record NamesSchemas(List<String> schemas) implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.NAMES_SCHEMAS;
    }

    public NamesSchemas {
      schemas = List.copyOf(schemas);
    }
  }

  /** A call of a function that signals another process of the server. */
  record SignalBackend() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.SIGNAL_BACKEND;
    }
  }

  /** {@code NOTIFY}, or a call of {@code pg_notify}. */
  record Notify() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.NOTIFY;
    }
  }

  /** {@code DO}, {@code CALL}: a body that isn't seen here may do anything. */
  record OpaqueBody() implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.OPAQUE_BODY;
    }
  }
}
