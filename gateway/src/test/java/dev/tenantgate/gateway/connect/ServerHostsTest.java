package dev.tenantgate.gateway.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.testing.ServersAt;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The host in use of several, and its address. */
class ServerHostsTest {

  private static final ServerKind PRIMARY = new ServerKind(false, false);
  private static final ServerKind STANDBY = new ServerKind(true, false);
  private static final ServerKind READ_ONLY = new ServerKind(false, true);

  private final Map<String, List<String>> names = new HashMap<>();
  private final List<String> moves = new ArrayList<>();
  private long nanos;

  private ServerHosts hosts(String hosts, String target) {
    ServerHosts made =
        new ServerHosts(
            ServersAt.settings(url(hosts, target)), this::lookUp, Runnable::run, () -> nanos);
    made.onMove(server -> moves.add(server.toString()));
    return made;
  }

  private static String url(String hosts, String target) {
    return "postgresql://owner@%s/app?sslmode=disable&target_session_attrs=%s"
        .formatted(hosts, target);
  }

  private List<InetAddress> lookUp(String host) throws UnknownHostException {
    List<InetAddress> found = new ArrayList<>();
    for (String address : names.getOrDefault(host, List.of())) {
      found.add(InetAddress.getByName(address));
    }
    if (found.isEmpty()) {
      throw new UnknownHostException(host);
    }
    return found;
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }

  private static Server picked(ServerHosts hosts) throws Exception {
    return hosts.pick(false).get();
  }

  private static String inUse(ServerHosts hosts) throws Exception {
    return picked(hosts).toString();
  }

  @Test
  void hostIsUsedUntilItFails() throws Exception {
    ServerHosts hosts = hosts("10.0.0.1,10.0.0.2:5433", "any");
    Server first = picked(hosts);
    assertThat(first).hasToString("10.0.0.1:5432");
    hosts.failed(first);
    Server second = picked(hosts);
    assertThat(second).hasToString("10.0.0.2:5433");
    hosts.failed(first); // by one who had tried it at the same time
    assertThat(inUse(hosts)).isEqualTo("10.0.0.2:5433");
    hosts.failed(second);
    assertThat(inUse(hosts)).isEqualTo("10.0.0.1:5432");
  }

  @Test
  void allAreTriedBeforeTheServerCountsAsAway() throws Exception {
    names.put("db", List.of("10.0.0.1", "10.0.0.2"));
    ServerHosts hosts = hosts("db", "any");
    hosts.failed(picked(hosts));
    assertThat(hosts.hasUntried()).isTrue();
    assertThat(inUse(hosts)).isEqualTo("db:5432 (10.0.0.2)");
    hosts.failed(picked(hosts));
    assertThat(hosts.hasUntried()).isFalse();
    hosts.check(picked(hosts), PRIMARY, true);
    assertThat(hosts.hasUntried()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "any, true, true, true",
    "read-write, true, false, false",
    "read-only, false, true, true",
    "primary, true, false, true",
    "standby, false, true, false",
  })
  void kindThatIsWantedIsLibpqs(
      String target, boolean primaryFits, boolean standbyFits, boolean readOnlyFits)
      throws Exception {
    for (Map.Entry<ServerKind, Boolean> each :
        Map.of(PRIMARY, primaryFits, STANDBY, standbyFits, READ_ONLY, readOnlyFits).entrySet()) {
      ServerHosts hosts = hosts("10.0.0.1,10.0.0.2", target);
      Report report = hosts.check(picked(hosts), each.getKey(), true);
      assertThat(report == null).as("%s for %s", each.getKey(), target).isEqualTo(each.getValue());
      assertThat(inUse(hosts)).isEqualTo(each.getValue() ? "10.0.0.1:5432" : "10.0.0.2:5432");
    }
  }

  @Test
  void standbyIsPassedOverWhereWritingIsWanted() throws Exception {
    ServerHosts hosts = hosts("10.0.0.1,10.0.0.2", "read-write");
    Report report = Objects.requireNonNull(hosts.check(picked(hosts), STANDBY, true));
    assertThat(BackendHold.isOutage(report)).isTrue();
    assertThat(report.message()).contains("10.0.0.1:5432").contains("standby");
    assertThat(hosts.check(picked(hosts), PRIMARY, true)).isNull();
    assertThat(inUse(hosts)).isEqualTo("10.0.0.2:5432");
  }

  /** ALTER ROLE reporter SET default_transaction_read_only = on. */
  @Test
  void settingOfOneUserDoesNotMakeTheServerReadOnly() throws Exception {
    ServerHosts hosts = hosts("10.0.0.1,10.0.0.2", "read-write");
    assertThat(hosts.check(picked(hosts), PRIMARY, true)).isNull();
    assertThat(hosts.check(picked(hosts), READ_ONLY, false)).isNull();
    assertThat(hosts.check(picked(hosts), STANDBY, false)).isNotNull();
  }

  @Test
  void preferredStandbyIsDoneWithoutWhereThereIsNone() throws Exception {
    ServerHosts hosts = hosts("10.0.0.1,10.0.0.2", "prefer-standby");
    assertThat(hosts.check(picked(hosts), PRIMARY, true)).isNotNull();
    assertThat(hosts.check(picked(hosts), PRIMARY, true)).isNotNull();
    assertThat(hosts.check(picked(hosts), PRIMARY, true)).isNull();
    assertThat(hosts.check(picked(hosts), PRIMARY, false)).isNull(); // and the next as well
    pass(Duration.ofMinutes(2));
    assertThat(hosts.check(picked(hosts), PRIMARY, true)).isNotNull(); // is there one by now?
  }

  @Test
  void serverIsCheckedByTheOwnAccountBeforeClientsAreLetIn() throws Exception {
    ServerHosts hosts = hosts("10.0.0.1,10.0.0.2", "read-write");
    List<CompletableFuture<Server>> checks = new ArrayList<>();
    hosts.checkBy(
        server -> {
          CompletableFuture<Server> check = new CompletableFuture<>();
          checks.add(check);
          return check;
        });
    CompletableFuture<Server> waiting = hosts.pick(true);
    assertThat(waiting).isNotDone();
    Server first = picked(hosts);
    assertThat(hosts.check(first, PRIMARY, true)).isNull();
    checks.get(0).complete(first);
    assertThat(waiting).isCompletedWithValue(first);
    assertThat(hosts.pick(true)).isCompletedWithValue(first);
    assertThat(checks).hasSize(1);
  }

  // ---- names

  @Test
  void changeOfNameLeadsElsewhereOnceTheServerThereHasAnswered() throws Exception {
    names.put("db", List.of("10.0.0.1"));
    ServerHosts hosts = hosts("db", "any");
    Server old = picked(hosts);
    hosts.check(old, PRIMARY, true);
    names.put("db", List.of("10.0.0.2"));
    hosts.lookAgain();
    assertThat(inUse(hosts)).isEqualTo("db:5432 (10.0.0.1)");
    pass(Duration.ofSeconds(15));
    hosts.lookAgain();
    assertThat(inUse(hosts)).isEqualTo("db:5432 (10.0.0.2)");
    assertThat(hosts.isLeft(old)).isFalse(); // nobody knows whether there is a server
    hosts.check(picked(hosts), PRIMARY, true);
    assertThat(hosts.isLeft(old)).isTrue();
    assertThat(moves).containsExactly("db:5432 (10.0.0.1)", "db:5432 (10.0.0.2)");
  }

  @Test
  void addressInUseStaysWhereTheOrderChanges() throws Exception {
    names.put("db", List.of("10.0.0.1", "10.0.0.2"));
    ServerHosts hosts = hosts("db", "any");
    hosts.check(picked(hosts), PRIMARY, true);
    names.put("db", List.of("10.0.0.3", "10.0.0.2", "10.0.0.1"));
    pass(Duration.ofSeconds(15));
    hosts.lookAgain();
    assertThat(inUse(hosts)).isEqualTo("db:5432 (10.0.0.1)");
    hosts.failed(picked(hosts));
    assertThat(inUse(hosts)).isEqualTo("db:5432 (10.0.0.3)");
  }

  @Test
  void failureHasTheNameResolvedAnew() throws Exception {
    names.put("db", List.of("10.0.0.1"));
    ServerHosts hosts = hosts("db", "any");
    Server old = picked(hosts);
    names.put("db", List.of("10.0.0.2"));
    pass(Duration.ofSeconds(1));
    hosts.failed(old);
    assertThat(inUse(hosts)).isEqualTo("db:5432 (10.0.0.2)");
  }

  @Test
  void nameThatCannotBeResolvedKeepsItsAddresses() throws Exception {
    names.put("db", List.of("10.0.0.1"));
    ServerHosts hosts = hosts("db", "any");
    assertThat(inUse(hosts)).isEqualTo("db:5432 (10.0.0.1)");
    names.clear();
    pass(Duration.ofSeconds(15));
    hosts.lookAgain();
    assertThat(inUse(hosts)).isEqualTo("db:5432 (10.0.0.1)");
  }

  @Test
  void unknownNameIsPassedOver() throws Exception {
    names.put("b", List.of("10.0.0.2"));
    ServerHosts hosts = hosts("a,b", "any");
    Server unknown = picked(hosts);
    assertThat(unknown.isResolved()).isFalse();
    assertThat(unknown).hasToString("a:5432");
    hosts.failed(unknown);
    assertThat(inUse(hosts)).isEqualTo("b:5432 (10.0.0.2)");
  }

  // ---- other settings

  @Test
  void otherUrlIsInUseAtOnceAndTheOldServerLeftOnceItHasAnswered() throws Exception {
    ServerHosts hosts = hosts("10.0.0.1", "any");
    Server old = picked(hosts);
    hosts.check(old, PRIMARY, true);
    hosts.reconfigure(ServersAt.settings(url("10.0.0.2", "any")), BackendTls.disabled());
    assertThat(inUse(hosts)).isEqualTo("10.0.0.2:5432");
    assertThat(hosts.isLeft(old)).isFalse();
    hosts.check(picked(hosts), PRIMARY, true);
    assertThat(hosts.isLeft(old)).isTrue();
  }

  @Test
  void failedCheckIsWhatTheClientIsTold() {
    ServerHosts hosts = hosts("10.0.0.1", "primary");
    hosts.checkBy(
        server ->
            CompletableFuture.failedFuture(
                new RefusedLogin(Report.error(SqlState.INVALID_PASSWORD, "no"))));
    assertThatThrownBy(() -> hosts.pick(true).get())
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(RefusedLogin.class);
  }
}
