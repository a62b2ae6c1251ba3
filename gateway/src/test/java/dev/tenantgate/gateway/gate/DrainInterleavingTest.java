package dev.tenantgate.gateway.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.gateway.gate.DrainModel.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Walks through thousands of interleavings of transactions, drains, acknowledgements, migrations by
 * this gateway and others, failures, postponements, deaths, lost contact and shutdown; see {@link
 * DrainModel} for what must always hold. That the walk would notice is shown by breaking it.
 */
class DrainInterleavingTest {

  private static final int WALKS = 400;

  private static void walk(Fault fault) {
    for (int seed = 0; seed < WALKS; seed++) {
      try (DrainModel model = new DrainModel(seed, fault)) {
        try {
          model.walk();
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError(
              "seed %d: %s after %s".formatted(seed, e.getMessage(), model.story()), e);
        }
      }
    }
  }

  @Test
  void noTransactionMeetsAMigrationAndNobodyIsForgotten() {
    walk(Fault.NONE);
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
  void whatIsBrokenIsFound(Fault fault) {
    assertThatThrownBy(() -> walk(fault)).isInstanceOf(AssertionError.class);
    assertThat(fault).isNotEqualTo(Fault.NONE);
  }
}
