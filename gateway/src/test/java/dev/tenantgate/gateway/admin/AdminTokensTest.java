package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.admin.AdminTokens.Holder;
import dev.tenantgate.gateway.admin.AdminTokens.Right;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdminTokensTest {

  private static AdminTokens tokens() throws SettingsException {
    return AdminTokens.parse(
        "tokens",
        """
        # for Grafana
        grafana  read-only  looks-and-does-nothing
        ops      full       0123456789abcdef0123456789abcdef
        """);
  }

  private static int status(RequestKind kind, HttpMethod method, @Nullable String authorization)
      throws Exception {
    AdminResponse refusal = TokenCheck.of(tokens(), kind, method, authorization).refusal();
    return refusal == null ? 200 : refusal.status().code();
  }

  @Test
  void holderIsFoundByItsToken() throws Exception {
    assertThat(tokens().holder("Bearer looks-and-does-nothing"))
        .isEqualTo(new Holder("grafana", Right.READ_ONLY));
    assertThat(tokens().holder("bearer 0123456789abcdef0123456789abcdef"))
        .isEqualTo(new Holder("ops", Right.FULL));
    assertThat(tokens().holder("Bearer looks-and-does-nothin")).isNull();
    assertThat(tokens().holder("Bearer ")).isNull();
    assertThat(tokens().holder("Basic looks-and-does-nothing")).isNull();
    assertThat(tokens().holder(null)).isNull();
  }

  @Test
  void hashStandsForItsToken() throws Exception {
    AdminTokens hashed =
        AdminTokens.parse(
            "tokens",
            "ci full sha256:532EAABD9574880DBF76B9B8CC00832C20A6EC113D682299550D7A6E0F345E25");

    assertThat(hashed.holder("Bearer Test")).isEqualTo(new Holder("ci", Right.FULL));
    // The hash itself opens nothing.
    assertThat(
            hashed.holder(
                "Bearer sha256:532EAABD9574880DBF76B9B8CC00832C20A6EC113D682299550D7A6E0F345E25"))
        .isNull();
  }

  @Test
  void rightsAreWhatTheLineSays() throws Exception {
    String reader = "Bearer looks-and-does-nothing";
    String full = "Bearer 0123456789abcdef0123456789abcdef";

    assertThat(status(RequestKind.OTHER, HttpMethod.POST, full)).isEqualTo(200);
    assertThat(status(RequestKind.LIST, HttpMethod.GET, reader)).isEqualTo(200);
    assertThat(status(RequestKind.OTHER, HttpMethod.POST, reader)).isEqualTo(403);
    assertThat(status(RequestKind.OTHER, HttpMethod.DELETE, reader)).isEqualTo(403);
    assertThat(status(RequestKind.METRICS, HttpMethod.GET, null)).isEqualTo(401);
    assertThat(status(RequestKind.LIST, HttpMethod.GET, "Bearer nobody")).isEqualTo(401);
    assertThat(status(RequestKind.PROBE, HttpMethod.GET, null)).isEqualTo(200);
    assertThat(status(RequestKind.PAGE, HttpMethod.GET, null)).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ops full | a line must be NAME read-only",
        "ops both 0123456789abcdef | must be read-only or full, was \"both\"",
        "ops full short | a token must have 16 characters or more",
        "ops full sha256:12 | sha256: must be followed by 64 hexadecimal digits",
        "ops full 0123456789äbcdef | a token may have letters, digits",
        "# nobody | must have a token",
      })
  void lineThatCannotBeIsNamed(String line, String message) {
    assertThatThrownBy(() -> AdminTokens.parse("tokens", line + "\n"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("admin.token-file")
        .hasMessageContaining(message)
        .hasMessageNotContaining("0123456789");
  }

  @Test
  void missingFileIsNamed() {
    assertThatThrownBy(() -> AdminTokens.read(Path.of("nowhere/tokens")))
        .hasMessageContaining("must be a file that is there");
  }
}
