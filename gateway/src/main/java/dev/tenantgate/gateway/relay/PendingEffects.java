package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.scan.EffectSize;
import dev.tenantgate.gateway.scan.SessionEffect;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Effects of statements that were sent and not yet answered, first sent first. Each knows the place
 * of its answer: the exchange, which a ReadyForQuery ends, and the completion within it. A ring
 * that grows; takes no memory for each effect. Event-loop confined.
 */
final class PendingEffects {

  private static final int FIRST_CAPACITY = 8;

  /** A larger ring isn't kept when it is empty. */
  private static final int MOST_CAPACITY_KEPT = 1_024;

  private @Nullable SessionEffect[] effects = new SessionEffect[FIRST_CAPACITY];
  private long[] exchanges = new long[FIRST_CAPACITY];
  private int[] completions = new int[FIRST_CAPACITY];
  private int first;
  private int size;
  private int bytes;

  /** The heap that they take, roughly. */
  int bytes() {
    return bytes;
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  void add(SessionEffect effect, long exchange, int completion) {
    if (size == effects.length) {
      grow();
    }
    int at = (first + size++) & (effects.length - 1);
    effects[at] = effect;
    bytes += EffectSize.of(effect);
    exchanges[at] = exchange;
    completions[at] = completion;
  }

  /** The first effect if its statement is answered by now; takes it out. */
  @Nullable SessionEffect takeAnswered(long exchange, int completed) {
    return size > 0 && exchanges[first] == exchange && completions[first] < completed
        ? take()
        : null;
  }

  /** Drops those that an exchange leaves unanswered, because one of its statements failed. */
  void dropThrough(long exchange) {
    while (size > 0 && exchanges[first] <= exchange) {
      take();
    }
  }

  /** Whether one of them changes a parameter other than by ending a transaction that did. */
  boolean changeParameters() {
    for (int i = 0; i < size; i++) {
      if (!StatementLedger.isTransactionControl(effects[(first + i) & (effects.length - 1)])) {
        return true;
      }
    }
    return false;
  }

  void forEach(Consumer<SessionEffect> action) {
    for (int i = 0; i < size; i++) {
      SessionEffect effect = effects[(first + i) & (effects.length - 1)];
      if (effect != null) {
        action.accept(effect);
      }
    }
  }

  private @Nullable SessionEffect take() {
    SessionEffect effect = effects[first];
    effects[first] = null;
    if (effect != null) {
      bytes -= EffectSize.of(effect);
    }
    first = (first + 1) & (effects.length - 1);
    size--;
    if (size == 0 && effects.length > MOST_CAPACITY_KEPT) {
      effects = new SessionEffect[FIRST_CAPACITY];
      exchanges = new long[FIRST_CAPACITY];
      completions = new int[FIRST_CAPACITY];
      first = 0;
    }
    return effect;
  }

  private void grow() {
    int capacity = effects.length;
    SessionEffect[] moreEffects = new SessionEffect[capacity * 2];
    long[] moreExchanges = new long[capacity * 2];
    int[] moreCompletions = new int[capacity * 2];
    for (int i = 0; i < size; i++) {
      int at = (first + i) & (capacity - 1);
      moreEffects[i] = effects[at];
      moreExchanges[i] = exchanges[at];
      moreCompletions[i] = completions[at];
    }
    effects = moreEffects;
    exchanges = moreExchanges;
    completions = moreCompletions;
    first = 0;
  }
}
