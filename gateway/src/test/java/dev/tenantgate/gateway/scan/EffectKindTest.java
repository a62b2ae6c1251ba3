package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class EffectKindTest {

  @Test
  void everyEffectHasAKindOfItsOwn() {
    Set<String> kinds =
        Arrays.stream(EffectKind.values())
            .map(kind -> kind.name().replace("_", "").toLowerCase(Locale.ROOT))
            .collect(Collectors.toSet());

    assertThat(kinds).isEqualTo(recordsOf(SessionEffect.class));
    assertThat(new SessionEffect.Begin().kind()).isEqualTo(EffectKind.BEGIN);
    assertThat(new SessionEffect.Deallocate("s").kind()).isEqualTo(EffectKind.DEALLOCATE);
  }

  private static Set<String> recordsOf(Class<?> type) {
    return Arrays.stream(type.getPermittedSubclasses())
        .flatMap(
            each ->
                each.isRecord()
                    ? List.of(each.getSimpleName().toLowerCase(Locale.ROOT)).stream()
                    : recordsOf(each).stream())
        .collect(Collectors.toSet());
  }

  @Test
  void transactionControlDoesNothingElse() {
    assertThat(those(EffectKind::isTransactionControl))
        .containsExactly(
            EffectKind.BEGIN,
            EffectKind.COMMIT,
            EffectKind.ROLLBACK,
            EffectKind.SAVEPOINT,
            EffectKind.RELEASE_SAVEPOINT,
            EffectKind.ROLLBACK_TO_SAVEPOINT);
  }

  @Test
  void failedTransactionIsEndedByFour() {
    assertThat(those(EffectKind::endsFailure))
        .containsExactly(
            EffectKind.COMMIT,
            EffectKind.ROLLBACK,
            EffectKind.PREPARE_TRANSACTION,
            EffectKind.ROLLBACK_TO_SAVEPOINT);
  }

  @Test
  void unnamedParametersAreSetByCallsAndBodies() {
    assertThat(those(EffectKind::maySetUnnamed))
        .containsExactly(
            EffectKind.SET_CONFIG,
            EffectKind.PREPARE_STATEMENT,
            EffectKind.EXECUTE_STATEMENT,
            EffectKind.HIDDEN_CALL,
            EffectKind.UNSEEN_STATE,
            EffectKind.UNPROVEN,
            EffectKind.OPAQUE_BODY);
  }

  @Test
  void pathIsUnforeseenBehindSuspicionsAndBodies() {
    assertThat(those(kind -> kind.path() == EffectKind.Path.UNFORESEEN))
        .containsExactly(EffectKind.HIDDEN_CALL, EffectKind.UNPROVEN, EffectKind.OPAQUE_BODY);
  }

  private static Set<EffectKind> those(Predicate<EffectKind> question) {
    Set<EffectKind> kinds = EnumSet.noneOf(EffectKind.class);
    for (EffectKind kind : EffectKind.values()) {
      if (question.test(kind)) {
        kinds.add(kind);
      }
    }
    return kinds;
  }
}
