package dev.tenantgate.gateway.scan;

/**
 * The kinds of {@link SessionEffect}, with the answers that are the same for all effects of a kind.
 * An effect that has more to say is a record of that name. A new kind has to answer every question
 * here, and in every switch over an answer, before it compiles. Immutable.
 */
public enum EffectKind {
  SET_PARAMETER(Transaction.APART, Parameters.SETS, Path.BY_VALUE, Left.NOTHING),
  RESET_PARAMETER(Transaction.APART, Parameters.RESETS, Path.BACK, Left.NOTHING),
  /** {@code RESET ALL}: every parameter but {@code role} and {@code session_authorization}. */
  RESET_ALL(Transaction.APART, Parameters.ALL_BUT_USER, Path.BACK, Left.NOTHING),
  /** {@code DISCARD ALL}: {@code RESET ALL} and all else that a session holds. */
  DISCARD_ALL(Transaction.APART, Parameters.ALL, Path.BACK, Left.NOTHING),
  SET_CONFIG(Transaction.APART, Parameters.COMPUTED, Path.BY_VALUE, Left.SETTING),
  /** {@code BEGIN}, {@code START TRANSACTION}. */
  BEGIN(Transaction.BEGINS, Parameters.NONE, Path.STAYS, Left.NOTHING),
  COMMIT(Transaction.COMMITS, Parameters.PUT_BACK, Path.STAYS, Left.NOTHING),
  ROLLBACK(Transaction.ROLLS_BACK, Parameters.PUT_BACK, Path.STAYS, Left.NOTHING),
  /** {@code PREPARE TRANSACTION}: the transaction leaves the session. */
  PREPARE_TRANSACTION(Transaction.LEAVES, Parameters.NONE, Path.STAYS, Left.NOTHING),
  SAVEPOINT(Transaction.DIVIDES, Parameters.NONE, Path.STAYS, Left.NOTHING),
  RELEASE_SAVEPOINT(Transaction.DIVIDES, Parameters.NONE, Path.STAYS, Left.NOTHING),
  ROLLBACK_TO_SAVEPOINT(Transaction.ROLLS_PART_BACK, Parameters.PUT_BACK, Path.STAYS, Left.NOTHING),
  PREPARE_STATEMENT(Transaction.APART, Parameters.LATER, Path.STAYS, Left.STATEMENT),
  EXECUTE_STATEMENT(Transaction.APART, Parameters.ANY, Path.STAYS, Left.STATEMENT),
  DEALLOCATE(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  /** {@code DEALLOCATE ALL}. */
  DEALLOCATE_ALL(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  LISTEN(Transaction.APART, Parameters.NONE, Path.STAYS, Left.CHANNEL),
  UNLISTEN(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  /** A temporary table, view or sequence is made, or {@code pg_temp} is mentioned. */
  TEMPORARY_OBJECT(Transaction.APART, Parameters.NONE, Path.STAYS, Left.TEMPORARY),
  /** {@code DISCARD TEMP}. */
  DISCARD_TEMPORARY(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  HOLD_CURSOR(Transaction.APART, Parameters.NONE, Path.STAYS, Left.CURSOR),
  /** A call of a function that takes an advisory lock for longer than the transaction. */
  SESSION_ADVISORY_LOCK(Transaction.APART, Parameters.NONE, Path.STAYS, Left.LOCK),
  /** A call of {@code setseed}: what {@code random()} gives afterwards is the session's own. */
  RANDOM_SEED(Transaction.APART, Parameters.NONE, Path.STAYS, Left.SEED),
  /**
   * A call of a function that leaves in the server's process what only its end clears: a connection
   * of dblink, the session's replication origin, a backup that has begun, a temporary slot.
   */
  PROCESS_STATE(Transaction.APART, Parameters.NONE, Path.STAYS, Left.PROCESS_STATE),
  /** {@code LOAD}: a library stays in the server's process. */
  LOAD_LIBRARY(Transaction.APART, Parameters.NONE, Path.STAYS, Left.LIBRARY),
  /** Something is called or used that may set {@code search_path}, which a text doesn't show. */
  HIDDEN_CALL(Transaction.APART, Parameters.ANY, Path.UNFORESEEN, Left.SETTING),
  UNSEEN_STATE(Transaction.APART, Parameters.ANY, Path.STAYS, Left.ANYTHING),
  /**
   * Something is called or used that can't be shown to leave the session as it is: all that a
   * session can have is asked for behind it.
   */
  UNPROVEN(Transaction.APART, Parameters.ANY, Path.UNFORESEEN, Left.ANYTHING),
  NAMES_SCHEMAS(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  /** A call of a function that signals another process of the server. */
  SIGNAL_BACKEND(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  /** Something is made or changed that may lead who runs it to another {@code search_path}. */
  DEFINITION(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  /** {@code NOTIFY}, or a call of {@code pg_notify}. */
  NOTIFY(Transaction.APART, Parameters.NONE, Path.STAYS, Left.NOTHING),
  /** {@code DO}, {@code CALL}: a body that isn't seen here may do anything. */
  OPAQUE_BODY(Transaction.APART, Parameters.ANY, Path.UNFORESEEN, Left.ANYTHING);

  /** Its effect on the transaction. */
  public enum Transaction {
    /** Nothing. */
    APART,
    /** Begins one. */
    BEGINS,
    /** Divides it. */
    DIVIDES,
    /** Ends it, and may begin the next. */
    COMMITS,
    /** The same, with nothing of it done. */
    ROLLS_BACK,
    /** Ends a part of it, with nothing of that done. */
    ROLLS_PART_BACK,
    /** The transaction is prepared, and leaves the session; as one that has failed it ends. */
    LEAVES
  }

  /** Its effect on parameters. */
  public enum Parameters {
    NONE,
    /** The text names one that gets a value. */
    SETS,
    /** The text names one that is put back. */
    RESETS,
    /** Puts all back but the role and the session's user. */
    ALL_BUT_USER,
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

  /** Its effect on prepared statements. */
  public enum Statements {
    NONE,
    PREPARES,
    EXECUTES,
    DROPS,
    DROPS_ALL,
    /** Drops all, and all portals. */
    DISCARDS
  }

  /** Its effect on the channels of notifications. */
  public enum Channels {
    NONE,
    LISTENS,
    UNLISTENS,
    /** Ends listening on all, as part of a larger effect. */
    DISCARDS,
    NOTIFIES
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

  public Statements statements() {
    return switch (this) {
      case DISCARD_ALL -> Statements.DISCARDS;
      case PREPARE_STATEMENT -> Statements.PREPARES;
      case EXECUTE_STATEMENT -> Statements.EXECUTES;
      case DEALLOCATE -> Statements.DROPS;
      case DEALLOCATE_ALL -> Statements.DROPS_ALL;
      case SET_PARAMETER,
          RESET_PARAMETER,
          RESET_ALL,
          SET_CONFIG,
          BEGIN,
          COMMIT,
          ROLLBACK,
          PREPARE_TRANSACTION,
          SAVEPOINT,
          RELEASE_SAVEPOINT,
          ROLLBACK_TO_SAVEPOINT,
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
          DEFINITION,
          NOTIFY,
          OPAQUE_BODY ->
          Statements.NONE;
    };
  }

  public Channels channels() {
    return switch (this) {
      case DISCARD_ALL -> Channels.DISCARDS;
      case LISTEN -> Channels.LISTENS;
      case UNLISTEN -> Channels.UNLISTENS;
      case NOTIFY -> Channels.NOTIFIES;
      case SET_PARAMETER,
          RESET_PARAMETER,
          RESET_ALL,
          SET_CONFIG,
          BEGIN,
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
          DEFINITION,
          OPAQUE_BODY ->
          Channels.NONE;
    };
  }

  /** Whether it begins, ends or divides a transaction, and does nothing else. */
  public boolean isTransactionControl() {
    return switch (transaction) {
      case BEGINS, DIVIDES, COMMITS, ROLLS_BACK, ROLLS_PART_BACK -> true;
      case APART, LEAVES -> false;
    };
  }

  /** Whether the server runs it in a transaction that has failed. */
  public boolean endsFailure() {
    return switch (transaction) {
      case COMMITS, ROLLS_BACK, ROLLS_PART_BACK, LEAVES -> true;
      case APART, BEGINS, DIVIDES -> false;
    };
  }

  /** Whether others may see behind it what the transaction has done. */
  public boolean mayCommit() {
    return switch (transaction) {
      case COMMITS, LEAVES -> true;
      case BEGINS, DIVIDES, ROLLS_BACK, ROLLS_PART_BACK -> false;
      case APART -> this == OPAQUE_BODY;
    };
  }

  /** Whether it may set parameters whose names the text doesn't show. */
  public boolean maySetUnnamed() {
    return switch (parameters) {
      case COMPUTED, LATER, ANY -> true;
      case NONE, SETS, RESETS, ALL_BUT_USER, ALL, PUT_BACK -> false;
    };
  }
}
