package dev.tenantgate.gateway.scan;

import dev.tenantgate.gateway.scan.SessionEffect.ExecuteStatement;
import dev.tenantgate.gateway.scan.SessionEffect.SetConfig;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads an ordinary statement, for what is hidden in its expressions and clauses: calls of {@code
 * set_config} and of the functions for advisory locks, temporary objects, prepared statements that
 * it executes. Used once, by one thread.
 */
final class ExpressionReader {

  /** CREATE stores the query of one of these, and doesn't evaluate it. */
  private static final Set<String> STORED =
      Set.of("function", "procedure", "view", "rule", "trigger", "policy", "aggregate", "domain");

  /** Behind one of these a call may be evaluated never, or many times. */
  private static final Set<String> CONDITIONS =
      Set.of(
          "from",
          "where",
          "case",
          "with",
          "union",
          "except",
          "intersect",
          "limit",
          "offset",
          "and",
          "or",
          "having",
          "group",
          "recursive");

  /** The statements that an EXECUTE may stand in. */
  private static final Set<String> EXECUTORS = Set.of("execute", "explain", "create");

  private static final Set<String> TEMPORARY_TARGET = Set.of("into", "local", "global", "create");

  private static final Set<String> SIGNALS = Set.of("pg_terminate_backend", "pg_cancel_backend");

  private static final Pattern ADVISORY_LOCK =
      Pattern.compile("pg_(?:try_)?advisory_lock(?:_shared)?");

  private static final Pattern PROCESS_STATE =
      Pattern.compile(
          "dblink_connect(?:_u)?|pg_replication_origin_session_setup|pg_backup_start"
              + "|pg_start_backup|pg_create_(?:logical|physical)_replication_slot");

  /** The words that may stand between CREATE and the object's kind. */
  private static final Set<String> CREATE_MODIFIERS =
      Set.of(
          "or",
          "replace",
          "local",
          "global",
          "temp",
          "temporary",
          "unlogged",
          "recursive",
          "constraint",
          "event",
          "unique",
          "trusted",
          "procedural");

  /** Calls in the arguments of calls are followed this far. */
  private static final int MAX_NESTING = 32;

  private final SqlTokens tokens;
  private final List<SessionEffect> effects;
  private final List<List<Operand>> calls = new ArrayList<>();
  private final String command;
  private boolean certain;
  private boolean stored;
  private boolean updates;
  private boolean pgSettings;
  private boolean temporary;
  private boolean atomicBody;
  private int nesting;

  /** The words before this one, as far as they follow each other directly; else empty. */
  private String before = "";

  ExpressionReader(SqlTokens tokens, List<SessionEffect> effects, boolean uncertain) {
    this.tokens = tokens;
    this.effects = effects;
    this.command = tokens.word();
    this.certain = !uncertain && command.equals("select");
  }

  /** Whether the statement is, or may be, a routine with a body of statements. */
  boolean sawAtomicBody() {
    return atomicBody;
  }

  /** Reads to the statement's end. */
  void read() {
    if (command.equals("create")) {
      created();
    }
    while (!tokens.atStatementEnd()) {
      part();
    }
    for (List<Operand> call : calls) {
      effects.add(
          ConfigCall.resolve(argument(call, 0), argument(call, 1), argument(call, 2), certain));
    }
    if (pgSettings && updates) {
      Operand unknown = Operand.Opaque.INSTANCE;
      effects.add(new SetConfig(unknown, unknown, new Operand.Literal("false"), false));
    }
    if (temporary) {
      effects.add(SessionEffect.of(EffectKind.TEMPORARY_OBJECT));
    }
  }

  private static Operand argument(List<Operand> call, int index) {
    return index < call.size() ? call.get(index) : Operand.Opaque.INSTANCE;
  }

  /** At CREATE: what is it that is created? */
  private void created() {
    tokens.advance();
    while (CREATE_MODIFIERS.contains(tokens.word())) {
      temporary |= tokens.isAny("temp", "temporary");
      tokens.advance();
    }
    stored = STORED.contains(tokens.word());
  }

  private void part() {
    if (!tokens.isName()) {
      before = "";
      tokens.advance();
      return;
    }
    boolean unquoted = tokens.is(Token.WORD);
    int depth = tokens.depth();
    String name = tokens.takeName();
    if (unquoted && name != null) {
      keyword(name, depth);
    }
    if (name != null) {
      name(name, depth);
    }
    before = unquoted && name != null ? name : "";
  }

  private void keyword(String word, int depth) {
    switch (word) {
      // SELECT … INTO TEMP; a table of that name may be inserted into.
      case "temp", "temporary" ->
          temporary |= TEMPORARY_TARGET.contains(before) && !command.equals("insert");
      case "update" -> updates = true;
      case "atomic" -> atomicBody |= before.equals("begin") && depth == 0;
      case "execute" -> execute();
      default -> certain &= !CONDITIONS.contains(word);
    }
  }

  private void name(String name, int depth) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.startsWith("pg_temp")) {
      temporary = true;
    } else if (lower.equals("pg_settings")) {
      pgSettings = true;
    } else if (tokens.is(Token.OPEN) && !stored) {
      if (lower.equals("set_config")) {
        certain &= depth == 0;
        calls.add(arguments());
      } else if (lower.equals("setseed")) {
        effects.add(SessionEffect.of(EffectKind.RANDOM_SEED));
      } else if (PROCESS_STATE.matcher(lower).matches()) {
        effects.add(SessionEffect.of(EffectKind.PROCESS_STATE));
      } else if (ADVISORY_LOCK.matcher(lower).matches()) {
        effects.add(SessionEffect.of(EffectKind.SESSION_ADVISORY_LOCK));
      } else if (SIGNALS.contains(lower)) {
        effects.add(SessionEffect.of(EffectKind.SIGNAL_BACKEND));
      } else if (lower.equals("pg_notify")) {
        effects.add(SessionEffect.of(EffectKind.NOTIFY));
      }
    }
  }

  /** {@code EXECUTE name (…)}, by itself, in EXPLAIN, or behind CREATE TABLE … AS. */
  private void execute() {
    if (!EXECUTORS.contains(command) || stored || !tokens.isName()) {
      return;
    }
    String name = tokens.takeName();
    List<Operand> arguments = List.of();
    if (tokens.is(Token.OPEN)) {
      arguments = arguments();
    }
    if (name != null) {
      effects.add(new ExecuteStatement(name, arguments, command.equals("execute")));
    }
  }

  /** The arguments of a call, at its opening parenthesis. */
  private List<Operand> arguments() {
    List<Operand> operands = new ArrayList<>();
    int inside = tokens.depth();
    if (++nesting <= MAX_NESTING) {
      tokens.advance();
      while (!tokens.atEnd() && tokens.depth() >= inside) {
        operands.add(argument(inside));
        if (tokens.isSymbol(',')) {
          tokens.advance();
        }
      }
    }
    nesting--;
    return operands;
  }

  /** One argument, up to its comma or the closing parenthesis. */
  private Operand argument(int inside) {
    Operand operand = operand();
    while (tokens.isSymbol(':')) {
      // A cast: ::text, ::varchar(63), ::pg_catalog.text.
      tokens.advance();
      while (tokens.isSymbol(':') || tokens.isSymbol('.') || tokens.isName()) {
        tokens.advance();
      }
      skipParentheses();
    }
    while (!tokens.atEnd()
        && tokens.depth() >= inside
        && !(tokens.isSymbol(',') && tokens.depth() == inside)) {
      operand = Operand.Opaque.INSTANCE;
      part();
    }
    return operand;
  }

  private void skipParentheses() {
    if (!tokens.is(Token.OPEN)) {
      return;
    }
    int inside = tokens.depth();
    while (!tokens.atEnd() && tokens.depth() >= inside) {
      tokens.advance();
    }
    if (tokens.is(Token.CLOSE)) {
      tokens.advance();
    }
  }

  private Operand operand() {
    if (tokens.is(Token.STRING)) {
      String text = tokens.takeString();
      return text == null ? Operand.Opaque.INSTANCE : new Operand.Literal(text);
    }
    if (tokens.isAny("true", "false")) {
      Operand literal = new Operand.Literal(tokens.word());
      tokens.advance();
      return literal;
    }
    if (tokens.take("null")) {
      return Operand.Null.INSTANCE;
    }
    if (tokens.is(Token.NUMBER)) {
      String number = tokens.text();
      tokens.advance();
      return parameter(number);
    }
    return Operand.Opaque.INSTANCE;
  }

  /** {@code $1}; a plain number is its own text. */
  private static Operand parameter(String number) {
    if (!number.startsWith("$")) {
      return new Operand.Literal(number);
    }
    try {
      return new Operand.Parameter(Integer.parseInt(number, 1, number.length(), 10));
    } catch (NumberFormatException e) {
      return Operand.Opaque.INSTANCE;
    }
  }
}
