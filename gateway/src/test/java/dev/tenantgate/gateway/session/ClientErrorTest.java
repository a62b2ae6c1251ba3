package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientErrorTest {

  private static Report report(String state, @Nullable String routine) {
    return new Report(Severity.FATAL, state, "x", null, null, routine);
  }

  @ParameterizedTest
  @CsvSource({
    "08006, UNREACHABLE",
    "28P01, LOGIN",
    "3D000, DATABASE",
    "53300, LIMIT",
    "08P01, PROTOCOL",
    "25P03, TIMEOUT",
    "22023, STARTUP",
    "XX000, INTERNAL",
    "57P01,",
    "57014,"
  })
  void ownReportCountsByItsState(String state, @Nullable ClientError expected) {
    assertThat(ClientError.of(report(state, null))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "28000, LOGIN",
    "42501, LOGIN",
    "3D000, DATABASE",
    "53300, SERVER_LIMIT",
    "57P03, SERVER",
    "53200, SERVER",
    "42704, STARTUP"
  })
  void serversReportCountsAsTheServers(String state, ClientError expected) {
    assertThat(ClientError.of(report(state, "InitPostgres"))).isEqualTo(expected);
  }
}
