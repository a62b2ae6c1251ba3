package dev.tenantgate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingRecordsTest {

  @Test
  void recordsRefuseWhatSettingsRefuse() {
    assertThatThrownBy(
            () ->
                new GateSettings(
                    GateSettings.Policy.HOLD,
                    new RequiredVersion.Latest(),
                    PassOrReject.PASS,
                    GateSettings.Qualified.PASS,
                    Duration.ofSeconds(-1),
                    1,
                    1,
                    Duration.ofSeconds(1),
                    1,
                    Duration.ofSeconds(10),
                    1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gate.hold-timeout: must be longer than 0 s, was -1 s");
    assertThatThrownBy(() -> PoolSettings.of(PoolSettings.Mode.SESSION, 0))
        .hasMessage("pool.size: must be a whole number from 1 to 100000, was 0");
    assertThatThrownBy(() -> new RequiredVersion.UpTo(0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0:6432", "[::1]:0", "localhost:65535", "[fe80::1%eth0]:1"})
  void addressesAreWrittenAsTheyAreRead(String text) {
    assertThat(NetworkAddress.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"6432", ":6432", "h:", "h", "::1:6432", "h:65536", "h:-1", "a b:1", "[]:1"})
  void addressesThatAreNoneAreRefused(String text) {
    assertThatThrownBy(() -> NetworkAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPatternGoesBothWays() {
    SchemaPattern pattern = SchemaPattern.parse("t_{tenant}_live");

    assertThat(pattern.schemaOf("acme")).isEqualTo("t_acme_live");
    assertThat(pattern.tenantOf("t_acme_live")).contains("acme");
    assertThat(pattern.tenantOf("t__live")).isEmpty();
    assertThat(pattern.tenantOf("public")).isEmpty();
    assertThat(pattern).hasToString("t_{tenant}_live");
  }
}
