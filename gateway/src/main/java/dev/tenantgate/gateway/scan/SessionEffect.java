package dev.tenantgate.gateway.scan;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a statement does to its session, once it succeeds. Immutable.
 *
 * <p>Names of parameters are in lower case, as the server compares them; all other names are as the
 * server stores them, folded or unquoted.
 */
public sealed interface SessionEffect {

  /** Its kind, which has the answers that are the same for all effects like it. */
  EffectKind kind();

  /** An effect of a kind that has no more to say. */
  static SessionEffect of(EffectKind kind) {
    return new Plain(kind);
  }

  /** An effect that its kind says all of. */
  record Plain(EffectKind kind) implements SessionEffect {}

  /** The parameter that decides which schemas a session sees. */
  String SEARCH_PATH = "search_path";

  /** A parameter is set or put back that the text names. */
  sealed interface Named extends SessionEffect {
    String name();

    /** Whether that ends with the transaction. */
    boolean local();
  }

  /** A parameter gets a value, which may be the path. */
  sealed interface Assignment extends SessionEffect {

    /** The path that it leads to; null if it leads to none, or to one that the server computes. */
    @Nullable String knownPath();

    /** Whether it may lead to a path that only the server knows. */
    boolean maySetUnknownPath();
  }

  /** A prepared statement is made, run or dropped by its name. */
  sealed interface OfStatement extends SessionEffect {
    String name();
  }

  /** A transaction ends. */
  sealed interface TransactionEnd extends SessionEffect {

    /** Whether the next transaction begins at once. */
    boolean chain();
  }

  /**
   * The same once a Bind has given values for parameters.
   *
   * @param values by number, from 1
   */
  default SessionEffect bound(BoundValues values) {
    return this;
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
  record SetParameter(String name, Operand value, boolean local) implements Named, Assignment {
    @Override
    public EffectKind kind() {
      return EffectKind.SET_PARAMETER;
    }

    @Override
    public @Nullable String knownPath() {
      return name.equals(SEARCH_PATH) ? value.known() : null;
    }

    @Override
    public boolean maySetUnknownPath() {
      return name.equals(SEARCH_PATH) && value.known() == null;
    }
  }

  /** {@code RESET name}, {@code SET [LOCAL] name TO DEFAULT}. */
  record ResetParameter(String name, boolean local) implements Named {
    @Override
    public EffectKind kind() {
      return EffectKind.RESET_PARAMETER;
    }
  }

  /**
   * A call of {@code set_config} that isn't fully known before Bind, or of which it isn't sure that
   * it is evaluated, and how often. An {@code UPDATE} of {@code pg_settings} is one as well.
   *
   * @param certain whether it is evaluated just once, if the statement succeeds
   */
  record SetConfig(Operand name, Operand value, Operand local, boolean certain)
      implements Assignment {
    @Override
    public EffectKind kind() {
      return EffectKind.SET_CONFIG;
    }

    /** A plain effect, if all is known then. */
    @Override
    public SessionEffect bound(BoundValues values) {
      return ConfigCall.resolve(values.of(name), values.of(value), values.of(local), certain);
    }

    @Override
    public @Nullable String knownPath() {
      return SEARCH_PATH.equalsIgnoreCase(name.known()) ? value.known() : null;
    }

    @Override
    public boolean maySetUnknownPath() {
      return maySet(SEARCH_PATH)
          && !(name instanceof Operand.Null)
          && (name.known() == null || value.known() == null);
    }

    /** Whether it may set this parameter. */
    public boolean maySet(String parameter) {
      return !(name instanceof Operand.Literal literal)
          || literal.text().equalsIgnoreCase(parameter);
    }
  }

  /**
   * {@code COMMIT}, {@code END}.
   *
   * @param chain whether the next transaction begins at once
   */
  record Commit(boolean chain) implements TransactionEnd {
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
  record Rollback(boolean chain) implements TransactionEnd {
    @Override
    public EffectKind kind() {
      return EffectKind.ROLLBACK;
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
  record PrepareStatement(String name, List<SessionEffect> effects) implements OfStatement {
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
      implements OfStatement {
    @Override
    public EffectKind kind() {
      return EffectKind.EXECUTE_STATEMENT;
    }

    public ExecuteStatement {
      arguments = List.copyOf(arguments);
    }
  }

  /** {@code DEALLOCATE name}. */
  record Deallocate(String name) implements OfStatement {
    @Override
    public EffectKind kind() {
      return EffectKind.DEALLOCATE;
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

  /** {@code DECLARE name CURSOR WITH HOLD}. */
  record HoldCursor(String name) implements SessionEffect {
    @Override
    public EffectKind kind() {
      return EffectKind.HOLD_CURSOR;
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
}
