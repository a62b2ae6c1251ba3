package dev.tenantgate.gateway.scan;

import dev.tenantgate.gateway.scan.ScannedQuery.Step;
import dev.tenantgate.gateway.scan.SessionEffect.Commit;
import dev.tenantgate.gateway.scan.SessionEffect.Deallocate;
import dev.tenantgate.gateway.scan.SessionEffect.HoldCursor;
import dev.tenantgate.gateway.scan.SessionEffect.Listen;
import dev.tenantgate.gateway.scan.SessionEffect.PrepareStatement;
import dev.tenantgate.gateway.scan.SessionEffect.ReleaseSavepoint;
import dev.tenantgate.gateway.scan.SessionEffect.Rollback;
import dev.tenantgate.gateway.scan.SessionEffect.RollbackToSavepoint;
import dev.tenantgate.gateway.scan.SessionEffect.Savepoint;
import dev.tenantgate.gateway.scan.SessionEffect.Unlisten;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Reads a text statement by statement and collects what each does to its session. The commands that
 * are about the session alone are read here; their parameters by {@link SettingReader}, all other
 * statements by {@link ExpressionReader}. Linear in the text's length.
 *
 * <p>Used once, by one thread.
 */
final class EffectReader {

  /** Effects of one text that are kept one by one. */
  static final int MOST_STEPS = 2_000;

  private final SqlTokens tokens;
  private final SettingReader settings;

  /** Behind a {@code BEGIN ATOMIC}, what looks like a statement may be part of a body. */
  private boolean atomic;

  private EffectReader(SqlTokens tokens) {
    this.tokens = tokens;
    this.settings = new SettingReader(tokens);
  }

  static ScannedQuery read(String sql, boolean standardConformingStrings) {
    return new EffectReader(new SqlTokens(sql, standardConformingStrings)).read();
  }

  /**
   * Of a text with very many statements no more is kept than what makes its session one that can't
   * be pooled, of each kind one; that anything may have happened besides is said by {@link
   * OpaqueBody}.
   */
  private static boolean isKept(SessionEffect effect, Set<EffectKind> kinds) {
    return effect.kind().left() != EffectKind.Left.NOTHING && kinds.add(effect.kind());
  }

  private ScannedQuery read() {
    Set<EffectKind> kinds = EnumSet.noneOf(EffectKind.class);
    List<Step> steps = new ArrayList<>();
    int statements = 0;
    while (!tokens.atEnd()) {
      if (!tokens.atStatementEnd()) {
        List<SessionEffect> effects = new ArrayList<>();
        statement(effects);
        for (SessionEffect effect : effects) {
          if (steps.size() < MOST_STEPS || isKept(effect, kinds)) {
            steps.add(new Step(statements, effect));
          }
        }
        statements++;
      }
      while (!tokens.atStatementEnd()) {
        tokens.advance();
      }
      if (!tokens.atEnd()) {
        tokens.beginStatement();
      }
    }
    if (steps.isEmpty() && statements == 1) {
      return ScannedQuery.NOTHING;
    }
    ScannedQuery query = new ScannedQuery(steps, statements, !atomic);
    return steps.size() < MOST_STEPS ? query : query.withHidden();
  }

  private void statement(List<SessionEffect> effects) {
    String command = tokens.word();
    switch (command) {
      case "set" -> settings.set(effects);
      case "reset" -> settings.reset(effects);
      case "begin" -> effects.add(SessionEffect.of(EffectKind.BEGIN));
      case "start" -> start(effects);
      case "commit", "end" -> commit(effects);
      case "rollback", "abort" -> rollback(effects);
      case "savepoint", "release" -> savepoint(command, effects);
      case "prepare" -> prepare(effects);
      case "deallocate" -> deallocate(effects);
      case "discard" -> discard(effects);
      case "listen", "unlisten" -> listen(command, effects);
      case "do", "call" -> effects.add(SessionEffect.of(EffectKind.OPAQUE_BODY));
      case "load" -> effects.add(SessionEffect.of(EffectKind.LOAD_LIBRARY));
      case "notify" -> effects.add(SessionEffect.of(EffectKind.NOTIFY));
      case "declare" -> declare(effects);
      default -> expressions(effects);
    }
  }

  private void expressions(List<SessionEffect> effects) {
    ExpressionReader reader = new ExpressionReader(tokens, effects, atomic);
    reader.read();
    atomic |= reader.sawAtomicBody();
  }

  private void start(List<SessionEffect> effects) {
    tokens.advance();
    if (tokens.is("transaction")) {
      effects.add(SessionEffect.of(EffectKind.BEGIN));
    }
  }

  private void commit(List<SessionEffect> effects) {
    boolean mayEndBody = atomic && tokens.is("end");
    tokens.advance();
    // COMMIT PREPARED is about another transaction.
    if (!tokens.is("prepared") && !mayEndBody) {
      effects.add(new Commit(chain()));
    }
  }

  private void rollback(List<SessionEffect> effects) {
    tokens.advance();
    if (tokens.is("prepared")) {
      return;
    }
    skipWork();
    if (tokens.take("to")) {
      tokens.take("savepoint");
      effects.add(new RollbackToSavepoint(name()));
    } else {
      effects.add(new Rollback(chain()));
    }
  }

  private void skipWork() {
    if (tokens.isAny("work", "transaction")) {
      tokens.advance();
    }
  }

  private boolean chain() {
    skipWork();
    return tokens.take("and") && tokens.is("chain");
  }

  private void savepoint(String command, List<SessionEffect> effects) {
    tokens.advance();
    if (command.equals("savepoint")) {
      effects.add(new Savepoint(name()));
    } else {
      tokens.take("savepoint");
      effects.add(new ReleaseSavepoint(name()));
    }
  }

  private void prepare(List<SessionEffect> effects) {
    tokens.advance();
    boolean word = tokens.is("transaction");
    String name = name();
    if (word && tokens.is(Token.STRING)) {
      effects.add(SessionEffect.of(EffectKind.PREPARE_TRANSACTION));
      return;
    }
    while (!tokens.atStatementEnd() && !(tokens.is("as") && tokens.depth() == 0)) {
      tokens.advance();
    }
    List<SessionEffect> inner = new ArrayList<>();
    if (tokens.take("as")) {
      expressions(inner);
    }
    effects.add(new PrepareStatement(name, inner));
  }

  private void deallocate(List<SessionEffect> effects) {
    tokens.advance();
    if (tokens.is("prepare")) {
      tokens.advance();
    }
    effects.add(
        tokens.is("all") ? SessionEffect.of(EffectKind.DEALLOCATE_ALL) : new Deallocate(name()));
  }

  private void discard(List<SessionEffect> effects) {
    tokens.advance();
    if (tokens.is("all")) {
      effects.add(SessionEffect.of(EffectKind.DISCARD_ALL));
    } else if (tokens.isAny("temp", "temporary")) {
      effects.add(SessionEffect.of(EffectKind.DISCARD_TEMPORARY));
    }
  }

  private void listen(String command, List<SessionEffect> effects) {
    tokens.advance();
    if (command.equals("listen")) {
      effects.add(new Listen(name()));
    } else {
      effects.add(new Unlisten(tokens.isSymbol('*') ? "*" : name()));
    }
  }

  private void declare(List<SessionEffect> effects) {
    tokens.advance();
    String name = name();
    while (!tokens.atStatementEnd() && !tokens.is("for")) {
      if (tokens.take("with")) {
        if (tokens.is("hold")) {
          effects.add(new HoldCursor(name));
        }
      } else {
        tokens.advance();
      }
    }
    // The query runs when rows are fetched, or never.
    ExpressionReader reader = new ExpressionReader(tokens, effects, true);
    reader.read();
  }

  /** The name that stands here; empty where there is none, which the server refuses. */
  private String name() {
    String name = tokens.isName() ? tokens.takeName() : null;
    return name == null ? "" : name;
  }
}
