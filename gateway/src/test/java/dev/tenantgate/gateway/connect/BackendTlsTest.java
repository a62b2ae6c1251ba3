package dev.tenantgate.gateway.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.migrator.testing.TestCertificates;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BackendTlsTest {

  @TempDir static Path folder;
  static String authority = "";

  @BeforeAll
  static void makeAuthority() {
    authority = TestCertificates.authority(folder, "ca").ca().toString();
  }

  private static BackendTls tls(String mode, @Nullable String ca) {
    return BackendTls.of(
        new DatabaseSettings(
            "127.0.0.1",
            5432,
            "app",
            "owner",
            null,
            mode,
            ca,
            PassOrReject.REJECT,
            PassOrReject.REJECT,
            10,
            Duration.ofSeconds(10)));
  }

  @ParameterizedTest
  @CsvSource({
    "disable, false, false",
    "allow, false, false",
    "prefer, true, false",
    "require, true, true",
    "verify-ca, true, true",
    "verify-full, true, true",
  })
  void withoutAnAuthorityItIsAsTheModeSays(String mode, boolean wanted, boolean required) {
    BackendTls tls = tls(mode, null);

    assertThat(tls.wanted()).isEqualTo(wanted);
    assertThat(tls.required()).isEqualTo(required);
  }

  @ParameterizedTest
  @ValueSource(strings = {"allow", "prefer", "require", "verify-ca", "verify-full"})
  void anAuthorityIsCheckedAgainst(String mode) {
    BackendTls tls = tls(mode, authority);

    assertThat(tls.wanted()).isTrue();
    assertThat(tls.required()).isTrue();
  }
}
