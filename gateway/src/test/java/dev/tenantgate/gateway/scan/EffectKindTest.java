package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EffectKindTest {

  private static final Pattern INSTANCE_OF =
      Pattern.compile("instanceof\\s+(?:SessionEffect\\.)?(\\w+)");

  /**
   * Of a record that has a kind of its own there is one to a kind; of all others there are many.
   */
  @Test
  void everyRecordHasAKindOfItsOwn() {
    Set<String> kinds =
        Arrays.stream(EffectKind.values())
            .map(kind -> kind.name().replace("_", "").toLowerCase(Locale.ROOT))
            .collect(Collectors.toSet());
    Set<String> records = recordsOf(SessionEffect.class);

    assertThat(records).contains("plain", "setparameter", "deallocate");
    records.remove("plain");
    assertThat(kinds).containsAll(records);
    assertThat(SessionEffect.of(EffectKind.BEGIN).kind()).isEqualTo(EffectKind.BEGIN);
    assertThat(new SessionEffect.Deallocate("s").kind()).isEqualTo(EffectKind.DEALLOCATE);
  }

  /** A new effect would pass by such a question; a switch over its kind doesn't compile. */
  @Test
  void nobodyAsksForTheClassOfAnEffect() throws IOException {
    Set<String> records = recordsOf(SessionEffect.class);
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".java")))
          .allSatisfy(
              file ->
                  assertThat(
                          INSTANCE_OF
                              .matcher(Files.readString(file))
                              .results()
                              .map(found -> found.group(1).toLowerCase(Locale.ROOT))
                              .filter(records::contains))
                      .isEmpty());
    }
  }

  private static Set<String> recordsOf(Class<?> type) {
    return Arrays.stream(type.getPermittedSubclasses())
        .flatMap(
            each ->
                each.isRecord()
                    ? List.of(each.getSimpleName().toLowerCase(Locale.ROOT)).stream()
                    : recordsOf(each).stream())
        .collect(Collectors.toCollection(HashSet::new));
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
