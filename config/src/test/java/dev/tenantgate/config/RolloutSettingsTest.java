package dev.tenantgate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How numbers, shares and canaries are written. */
class RolloutSettingsTest {

  private static RolloutSettings read(Map<String, String> settings) throws SettingsException {
    return SettingsReader.readMigrations(new SettingsSources(null, Map.of(), settings)).rollout();
  }

  @Test
  void withoutAnythingARunGoesOverAllAtOnce() throws SettingsException {
    assertThat(read(Map.of())).isEqualTo(RolloutSettings.STANDARD);
  }

  @Test
  void numbersAndSharesAreRead() throws SettingsException {
    RolloutSettings rollout =
        read(Map.of("migrations.stop-after", "10", "migrations.wave", "2.5%"));

    assertThat(rollout.stopAfter()).isEqualTo(Portion.of(10));
    assertThat(rollout.wave().outOf(1_000)).isEqualTo(25);
    assertThat(rollout.wave()).hasToString("2.5%");
  }

  @Test
  void aShareOfSomeIsNeverNone() {
    assertThat(Portion.percent(1).outOf(3)).isEqualTo(1);
    assertThat(Portion.percent(50).outOf(3)).isEqualTo(2);
    assertThat(Portion.percent(100).outOf(3)).isEqualTo(3);
    assertThat(Portion.of(7).outOf(3)).isEqualTo(7);
    assertThat(Portion.percent(5).outOf(0)).isEqualTo(1);
  }

  @Test
  void canariesAreNamedOrCounted() throws SettingsException {
    assertThat(read(Map.of("migrations.canary", "acme, globex")).canary())
        .isEqualTo(new Canary(List.of("acme", "globex"), 0));
    assertThat(read(Map.of("migrations.canary", "3")).canary()).isEqualTo(new Canary(List.of(), 3));
    assertThat(read(Map.of("migrations.canary", "3,")).canary())
        .isEqualTo(new Canary(List.of("3"), 0));
    assertThat(read(Map.of("migrations.canary", "none")).canary().isNone()).isTrue();
  }

  @Test
  void whatIsNeitherIsRefusedWithItsKey() {
    for (String wrong : List.of("0", "0%", "101%", "-1", "many", "5 percent")) {
      assertThatThrownBy(() -> read(Map.of("migrations.stop-after", wrong)))
          .as(wrong)
          .isInstanceOf(SettingsException.class)
          .hasMessageContaining("migrations.stop-after: must be never, a number from 1 on");
    }
    assertThatThrownBy(() -> read(Map.of("migrations.canary", "a,,b")))
        .hasMessageContaining("migrations.canary");
  }
}
