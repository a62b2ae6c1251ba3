package dev.tenantgate.gateway.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.config.TargetSession;
import dev.tenantgate.gateway.protocol.Report;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Which of several hosts is used. */
class ServerHostsTest {

  private static final NetworkAddress A = new NetworkAddress("a", 5432);
  private static final NetworkAddress B = new NetworkAddress("b", 5432);
  private static final Map<String, String> PRIMARY =
      Map.of("in_hot_standby", "off", "default_transaction_read_only", "off");
  private static final Map<String, String> STANDBY =
      Map.of("in_hot_standby", "on", "default_transaction_read_only", "off");

  private static ServerHosts hosts(TargetSession target) {
    return new ServerHosts(List.of(A, B), target);
  }

  @Test
  void hostIsUsedUntilItFails() {
    ServerHosts hosts = hosts(TargetSession.ANY);
    assertThat(hosts.current()).isEqualTo(A);
    hosts.failed(A);
    assertThat(hosts.current()).isEqualTo(B);
    hosts.failed(A); // by one who had tried it at the same time
    assertThat(hosts.current()).isEqualTo(B);
    hosts.failed(B);
    assertThat(hosts.current()).isEqualTo(A);
  }

  @Test
  void standbyIsPassedOverWhereWritingIsWanted() {
    ServerHosts hosts = hosts(TargetSession.READ_WRITE);
    Report report = Objects.requireNonNull(hosts.check(A, STANDBY));
    assertThat(BackendHold.isOutage(report)).isTrue();
    assertThat(report.message()).contains("a:5432").contains("standby");
    assertThat(hosts.current()).isEqualTo(B);
    assertThat(hosts.check(B, PRIMARY)).isNull();
    assertThat(hosts.current()).isEqualTo(B);
  }

  @Test
  void readOnlyDefaultIsPassedOverWhereWritingIsWanted() {
    Map<String, String> readOnly =
        Map.of("in_hot_standby", "off", "default_transaction_read_only", "on");
    assertThat(hosts(TargetSession.READ_WRITE).check(A, readOnly)).isNotNull();
    assertThat(hosts(TargetSession.PRIMARY).check(A, readOnly)).isNull();
    assertThat(hosts(TargetSession.READ_ONLY).check(A, readOnly)).isNull();
  }

  @Test
  void preferredStandbyIsDoneWithoutWhereThereIsNone() {
    ServerHosts hosts = hosts(TargetSession.PREFER_STANDBY);
    assertThat(hosts.check(A, PRIMARY)).isNotNull();
    assertThat(hosts.check(B, PRIMARY)).isNotNull();
    assertThat(hosts.check(A, PRIMARY)).isNull();
  }
}
