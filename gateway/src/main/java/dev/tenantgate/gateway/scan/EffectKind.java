package dev.tenantgate.gateway.scan;

/**
 * The kinds of {@link SessionEffect}, one a record, with what is the same for all effects of a
 * kind. A new kind has to answer every question here, and in every switch over kinds, before it
 * compiles. Immutable.
 */
public enum EffectKind {
  SET_PARAMETER(Transaction.APART, Parameters.NAMED, Path.BY_VALUE, Left.NOTHING),
  RESET_PARAMETER(Transaction.APART, Parameters.NAMED, Path.BACK, Left.NOTHING),
  RESET_ALL(Transaction.APART, Parameters.ALL, Path.BACK, Left.NOTHING),
  DISCARD_ALL(Transaction.APART, Parameters.ALL, Path.BACK, Left.NOTHING),
  SET_CONFIG(Transaction.APART, Parameters.COMPUTED, Path.BY_VALUE, Left.SETTING),
  BEGIN(Transaction.CONTROLS, Parameters.NONE, Path.STAYS, Left.NOTHING),
  COMMIT(Transaction.ENDS_FAILURE, Parameters.PUT_BACK, Path.STAYS, Left.NOTHING),
  ROLLBACK(Transaction.ENDS_FAILURE, Parameters.PUT_BACK, Path.STAYS, Left.NOTHING),
  PREPARE_TRANSACTION(Transaction.LEAVES, Parameters.NONE, Path.STAYS, Left.NOTHING),
  SAVEPOINT(Transaction.CONTROLS, Parameters.NONE, Path.STAYS, Left.NOTHING),
  RELEASE_SAVEPOINT(Transaction.CONTROLS, Parameters.NONE, Path.STAYS, Left.NOTHING),
  ROLLBACK_TO_SAVEPOINT(Transaction.ENDS_FAILURE, Parameters.PUT_BACK, Path.STAYS, Left.NOTHING),
  PREPARE_STATEMENT(Transaction.APART, Parameters.LATER, Path.STAYS, Left.STATEMENT),
  EXECUTE_STATEMENT(Transaction.APART, Parameters.ANY, Path.STAYS, Left.STATEMENT),
  DEALLOCATE(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  DEALLOCATE_ALL(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  LISTEN(Transaction.APART, Parameters.NONE, Path.STAYS, Left.CHANNEL),
  UNLISTEN(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  TEMPORARY_OBJECT(Transaction.APART, Parameters.NONE, Path.STAYS, Left.TEMPORARY),
  DISCARD_TEMPORARY(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  HOLD_CURSOR(Transaction.APART, Parameters.NONE, Path.STAYS, Left.CURSOR),
  SESSION_ADVISORY_LOCK(Transaction.APART, Parameters.NONE, Path.STAYS, Left.LOCK),
  RANDOM_SEED(Transaction.APART, Parameters.NONE, Path.STAYS, Left.SEED),
  PROCESS_STATE(Transaction.APART, Parameters.NONE, Path.STAYS, Left.PROCESS_STATE),
  LOAD_LIBRARY(Transaction.APART, Parameters.NONE, Path.STAYS, Left.LIBRARY),
  HIDDEN_CALL(Transaction.APART, Parameters.ANY, Path.UNFORESEEN, Left.SETTING),
  UNSEEN_STATE(Transaction.APART, Parameters.ANY, Path.STAYS, Left.ANYTHING),
  UNPROVEN(Transaction.APART, Parameters.ANY, Path.UNFORESEEN, Left.ANYTHING),
  NAMES_SCHEMAS(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  SIGNAL_BACKEND(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  NOTIFY(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  OPAQUE_BODY(Transaction.APART, Parameters.ANY, Path.UNFORESEEN, Left.ANYTHING);

  /** Its effect on the transaction. */
  public enum Transaction {
    /** Nothing. */
    APART,
    /** Begins or divides it. */
    CONTROLS,
    /** Ends it, or its failure: the server runs it in a transaction that has failed. */
    ENDS_FAILURE,
    /** The transaction is prepared, and leaves the session; as one that has failed it ends. */
    LEAVES
  }

  /** Its effect on parameters. */
  public enum Parameters {
    NONE,
    /** The text names one. */
    NAMED,
    /** Puts all back. */
    ALL,
    /** Puts back those that the transaction has set. */
    PUT_BACK,
    /** Sets one whose name may be known at the server alone. */
    COMPUTED,
    /** Sets none yet; an EXECUTE may set any. */
    LATER,
    /** May set any. */
    ANY
  }

  /** Its effect on {@code search_path}. */
  public enum Path {
    STAYS,
    /** It depends on the parameter's name and value. */
    BY_VALUE,
    /** May be the one that the session began with. */
    BACK,
    /** May be any: the server alone knows. */
    UNFORESEEN
  }

  /** State that it may leave in the session, which other backends don't have. */
  public enum Left {
    NOTHING,
    /** A parameter that the text doesn't name. */
    SETTING,
    STATEMENT,
    CHANNEL,
    TEMPORARY,
    CURSOR,
    LOCK,
    SEED,
    PROCESS_STATE,
    LIBRARY,
    ANYTHING
  }

  private final Transaction transaction;
  private final Parameters parameters;
  private final Path path;
  private final Left left;

  EffectKind(Transaction transaction, Parameters parameters, Path path, Left left) {
    this.transaction = transaction;
    this.parameters = parameters;
    this.path = path;
    this.left = left;
  }

  public Transaction transaction() {
    return transaction;
  }

  public Parameters parameters() {
    return parameters;
  }

  public Path path() {
    return path;
  }

  public Left left() {
    return left;
  }

  /** Whether it begins, ends or divides a transaction, and does nothing else. */
  public boolean isTransactionControl() {
    return switch (transaction) {
      case CONTROLS, ENDS_FAILURE -> true;
      case APART, LEAVES -> false;
    };
  }

  /** Whether the server runs it in a transaction that has failed. */
  public boolean endsFailure() {
    return switch (transaction) {
      case ENDS_FAILURE, LEAVES -> true;
      case APART, CONTROLS -> false;
    };
  }

  /** Whether it may set parameters whose names the text doesn't show. */
  public boolean maySetUnnamed() {
    return switch (parameters) {
      case COMPUTED, LATER, ANY -> true;
      case NONE, NAMED, ALL, PUT_BACK -> false;
    };
  }
}
