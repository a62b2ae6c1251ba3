package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The effects of a query's text on its session. Immutable.
 *
 * @param steps the effects in the order in which they happen; empty for nearly every query
 * @param statements how many statements the text has, empty ones left out; 1 where nothing was
 *     found and nobody counted
 * @param exact whether the statements could be told apart for sure; not so behind a {@code BEGIN
 *     ATOMIC}, where each effect may be part of a function's body instead
 */
public record ScannedQuery(List<Step> steps, int statements, boolean exact) {

  /** Nothing that matters to the session. */
  public static final ScannedQuery NOTHING = new ScannedQuery(List.of(), 1, true);

  /**
   * An effect of one of the statements.
   *
   * @param statement which, from 0, empty ones left out; the server answers it with the
   *     CommandComplete of the same place
   */
  public record Step(int statement, SessionEffect effect) {}

  public ScannedQuery {
    steps = List.copyOf(steps);
  }

  /** All effects, in order. */
  public List<SessionEffect> effects() {
    return steps.isEmpty() ? List.of() : steps.stream().map(Step::effect).toList();
  }

  /** The effects of the first statement. */
  public List<SessionEffect> firstEffects() {
    return steps.stream().filter(step -> step.statement() == 0).map(Step::effect).toList();
  }

  /** Whether the text does nothing to its session. */
  public boolean isEmpty() {
    return steps.isEmpty();
  }

  /**
   * Whether each of its statements begins a transaction or takes it back, or sets a parameter to
   * what stands in the text: none of them names or runs anything else. (A COMMIT runs deferred
   * triggers, and a SELECT that calls {@code set_config} may call others.)
   *
   * @param text that this was found in
   */
  public boolean isSelfContained(ByteBuf text, int from, int bytes) {
    if (steps.isEmpty()
        || steps.size() != statements
        || !exact
        || text.indexOf(from, from + bytes, (byte) '(') >= 0) {
      return false;
    }
    for (int i = 0; i < statements; i++) {
      Step step = steps.get(i);
      if (step.statement() != i || !isSelfContained(step.effect())) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSelfContained(SessionEffect effect) {
    return switch (effect.kind()) {
      case BEGIN, ROLLBACK -> true;
      case SET_PARAMETER ->
          ((SessionEffect.SetParameter) effect).value() instanceof Operand.Literal;
      default -> false;
    };
  }

  /** Whether the text has an effect of a kind. */
  public boolean has(EffectKind kind) {
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i).effect().kind() == kind) {
        return true;
      }
    }
    return false;
  }

  /** Whether all that the text does is to end transactions, and to begin none. */
  public boolean endsTransactionsOnly() {
    if (!exact || steps.isEmpty() || steps.size() != statements) {
      return false;
    }
    for (Step step : steps) {
      boolean ends =
          switch (step.effect().kind().transaction()) {
            case COMMITS, ROLLS_BACK -> !((SessionEffect.TransactionEnd) step.effect()).chain();
            case APART, BEGINS, DIVIDES, ROLLS_PART_BACK, LEAVES -> false;
          };
      if (!ends) {
        return false;
      }
    }
    return true;
  }

  /** The tenants' schemas that the text names; null if it names none. */
  public SessionEffect.@Nullable NamesSchemas namesSchemas() {
    if (steps.isEmpty()) {
      return null;
    }
    for (int i = steps.size() - 1; i >= 0; i--) {
      SessionEffect effect = steps.get(i).effect();
      if (effect.kind() == EffectKind.NAMES_SCHEMAS) {
        return (SessionEffect.NamesSchemas) effect;
      }
    }
    return null;
  }

  /** The same, and something that can't be seen in the text. */
  public ScannedQuery withHidden() {
    return with(SessionEffect.of(EffectKind.OPAQUE_BODY));
  }

  /** The same, and a call of what may set the path. */
  public ScannedQuery withHiddenCall() {
    return withPrepared(SessionEffect.of(EffectKind.HIDDEN_CALL));
  }

  /** The same, and something that can't be shown to leave the session as it is. */
  public ScannedQuery withUnproven() {
    return with(SessionEffect.of(EffectKind.UNPROVEN));
  }

  /**
   * The same, and names with tenants' schemas, which an EXECUTE of what is prepared here has too.
   */
  ScannedQuery withSchemas(SessionEffect.NamesSchemas named) {
    return withPrepared(named);
  }

  /** The same with an effect, which an EXECUTE of what is prepared here has too. */
  private ScannedQuery withPrepared(SessionEffect effect) {
    List<Step> more = new ArrayList<>(steps.size() + 1);
    for (Step step : steps) {
      if (step.effect().kind().statements() == EffectKind.Statements.PREPARES) {
        SessionEffect.PrepareStatement prepare = (SessionEffect.PrepareStatement) step.effect();
        List<SessionEffect> inner = new ArrayList<>(prepare.effects());
        inner.add(effect);
        more.add(
            new Step(step.statement(), new SessionEffect.PrepareStatement(prepare.name(), inner)));
      } else {
        more.add(step);
      }
    }
    more.add(new Step(Math.max(0, statements - 1), effect));
    return new ScannedQuery(more, statements, exact);
  }

  /** The same, and an effect that isn't known from the text alone. */
  public ScannedQuery with(SessionEffect hidden) {
    List<Step> more = new ArrayList<>(steps);
    more.add(new Step(Math.max(0, statements - 1), hidden));
    return new ScannedQuery(more, statements, exact);
  }

  static ScannedQuery of(SessionEffect effect) {
    return new ScannedQuery(List.of(new Step(0, effect)), 1, true);
  }
}
