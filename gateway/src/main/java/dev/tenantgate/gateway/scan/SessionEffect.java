package dev.tenantgate.gateway.scan;

import java.util.List;

/**
 * One thing that a statement does to its session, once it succeeds. Immutable.
 *
 * <p>Names of parameters are in lower case, as the server compares them; all other names are as the
 * server stores them, folded or unquoted.
 */
public sealed interface SessionEffect {

  /** The parameter that decides which schemas a session sees. */
  String SEARCH_PATH = "search_path";

  /**
   * A parameter gets a value: {@code SET [LOCAL] name = …}, {@code SET SCHEMA}, {@code SET ROLE},
   * {@code SET SESSION AUTHORIZATION} ({@code session_authorization}), {@code SET TIME ZONE},
   * {@code SET NAMES}, and a {@code set_config} whose arguments are known.
   *
   * @param value in the form that {@code set_config} and a StartupMessage take: for {@code
   *     search_path} a list of quoted names
   * @param local whether it ends with the transaction
   */
  record SetParameter(String name, Operand value, boolean local) implements SessionEffect {}

  /** {@code RESET name}, {@code SET [LOCAL] name TO DEFAULT}. */
  record ResetParameter(String name, boolean local) implements SessionEffect {}

  /** {@code RESET ALL}: every parameter but {@code role} and {@code session_authorization}. */
  record ResetAll() implements SessionEffect {}

  /** {@code DISCARD ALL}: {@code RESET ALL} and all else that a session holds. */
  record DiscardAll() implements SessionEffect {}

  /**
   * A call of {@code set_config} that isn't fully known before Bind, or of which it isn't sure that
   * it is evaluated, and how often. An {@code UPDATE} of {@code pg_settings} is one as well.
   *
   * @param certain whether it is evaluated just once, if the statement succeeds
   */
  record SetConfig(Operand name, Operand value, Operand local, boolean certain)
      implements SessionEffect {

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
  record Begin() implements SessionEffect {}

  /**
   * {@code COMMIT}, {@code END}.
   *
   * @param chain whether the next transaction begins at once
   */
  record Commit(boolean chain) implements SessionEffect {}

  /**
   * {@code ROLLBACK}, {@code ABORT}.
   *
   * @param chain whether the next transaction begins at once
   */
  record Rollback(boolean chain) implements SessionEffect {}

  /** {@code PREPARE TRANSACTION}: the transaction leaves the session. */
  record PrepareTransaction() implements SessionEffect {}

  /** {@code SAVEPOINT}. */
  record Savepoint(String name) implements SessionEffect {}

  /** {@code RELEASE SAVEPOINT}. */
  record ReleaseSavepoint(String name) implements SessionEffect {}

  /** {@code ROLLBACK TO SAVEPOINT}. */
  record RollbackToSavepoint(String name) implements SessionEffect {}

  /**
   * {@code PREPARE name AS …}.
   *
   * @param effects what an {@code EXECUTE} of it does
   */
  record PrepareStatement(String name, List<SessionEffect> effects) implements SessionEffect {
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
    public ExecuteStatement {
      arguments = List.copyOf(arguments);
    }
  }

  /** {@code DEALLOCATE name}. */
  record Deallocate(String name) implements SessionEffect {}

  /** {@code DEALLOCATE ALL}. */
  record DeallocateAll() implements SessionEffect {}

  /** {@code LISTEN}. */
  record Listen(String channel) implements SessionEffect {}

  /** {@code UNLISTEN}; the channel is {@code *} for all. */
  record Unlisten(String channel) implements SessionEffect {}

  /** A temporary table, view or sequence is made, or {@code pg_temp} is mentioned. */
  record TemporaryObject() implements SessionEffect {}

  /** {@code DISCARD TEMP}. */
  record DiscardTemporary() implements SessionEffect {}

  /** {@code DECLARE name CURSOR WITH HOLD}. */
  record HoldCursor(String name) implements SessionEffect {}

  /** A call of a function that takes an advisory lock for longer than the transaction. */
  record SessionAdvisoryLock() implements SessionEffect {}

  /** A call of {@code setseed}: what {@code random()} gives afterwards is the session's own. */
  record RandomSeed() implements SessionEffect {}

  /**
   * A call of a function that leaves in the server's process what only its end clears: a connection
   * of dblink, the session's replication origin, a backup that has begun, a temporary slot.
   */
  record ProcessState() implements SessionEffect {}

  /** {@code LOAD}: a library stays in the server's process. */
  record LoadLibrary() implements SessionEffect {}

  /** Something is called or used that may set {@code search_path}, which a text doesn't show. */
  record HiddenCall() implements SessionEffect {}

  /**
   * Something is called or written to that may leave in the session what can't be pooled.
   *
   * @param traceable whether the server can be asked what is left
   */
  record UnseenState(boolean traceable) implements SessionEffect {
    static final UnseenState TRACEABLE = new UnseenState(true);
    static final UnseenState UNTRACEABLE = new UnseenState(false);
  }

  /**
   * Something is called or used that can't be shown to leave the session as it is: all that a
   * session can have is asked for behind it.
   */
  record Unproven() implements SessionEffect {
    static final Unproven INSTANCE = new Unproven();
  }

  /**
   * Relations, routines or types are named with the schemas of tenants.
   *
   * @param schemas names as the server stores them, each once
   */
  record NamesSchemas(List<String> schemas) implements SessionEffect {
    public NamesSchemas {
      schemas = List.copyOf(schemas);
    }
  }

  /** A call of a function that signals another process of the server. */
  record SignalBackend() implements SessionEffect {}

  /** {@code NOTIFY}, or a call of {@code pg_notify}. */
  record Notify() implements SessionEffect {}

  /** {@code DO}, {@code CALL}: a body that isn't seen here may do anything. */
  record OpaqueBody() implements SessionEffect {}
}
