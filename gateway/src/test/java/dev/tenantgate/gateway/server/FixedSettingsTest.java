package dev.tenantgate.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsReference;
import dev.tenantgate.config.SettingsSources;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which settings a reload refuses to change, and which it takes. */
class FixedSettingsTest {

  private static Settings with(String key, String value) throws SettingsException {
    Map<String, String> all =
        new HashMap<>(Map.of("database.url", "postgresql://owner@127.0.0.1:5432/app"));
    all.put(key, value);
    return SettingsReader.read(new SettingsSources(null, Map.of(), all)).settings();
  }

  @ParameterizedTest
  @CsvSource({
    "listen.address, 127.0.0.1:7000",
    "listen.transport, nio",
    "listen.threads, 3",
    "admin.address, 127.0.0.1:7001",
    "admin.status-address, 127.0.0.1:7002",
    "tenants.schema, t_{tenant}",
    "tenants.grants, app",
    "gate.qualified, hold",
    "gate.lease-timeout, 3s",
    "database.max-connections, 11",
    "migrations.workers, 8",
    "migrations.lease-timeout, 3s",
    "migrations.drain-timeout, 3s",
    "migrations.after-drain-timeout, cancel",
    "migrations.strategy, cockroachdb",
    "migrations.concurrent-workers, 2",
    "migrations.backup-directory, backups"
  })
  void whatSocketsAndThreadsWereMadeWithIsFixed(String key, String value) throws Exception {
    assertThat(FixedSettings.changed(with("gate.policy", "hold"), with(key, value), 4))
        .singleElement()
        .asString()
        .startsWith(key + ": ")
        .contains("without a restart");
  }

  @ParameterizedTest
  @CsvSource({
    "gate.policy, reject",
    "gate.required, 7",
    "gate.hold-timeout, 5s",
    "gate.release-rate, 5",
    "listen.max-connections, 5",
    "listen.drain-timeout, 5s",
    "migrations.workers, 2",
    "migrations.trigger, eager",
    "migrations.lock-timeout, 5s",
    "migrations.statement-timeout, 5s",
    "migrations.concurrent-lock-timeout, 5s",
    "migrations.concurrent-statement-timeout, 5s",
    "migrations.canary, 1",
    "migrations.environment, production",
    "pool.size, 5",
    "database.password, secret",
    "database.others, pass",
    "database.dns-refresh, 5s",
    "database.connect-timeout, 5s",
    "metrics.tenant-series, 5"
  })
  void allElseTakesEffect(String key, String value) throws Exception {
    assertThat(FixedSettings.changed(with("gate.policy", "hold"), with(key, value), 4)).isEmpty();
  }

  @Test
  void anotherServerIsTakenAndAnotherDatabaseIsNot() throws Exception {
    Settings now = with("gate.policy", "hold");
    assertThat(
            FixedSettings.changed(
                now, with("database.url", "postgresql://other:pw@10.0.0.1,10.0.0.2/app"), 4))
        .isEmpty();
    assertThat(
            FixedSettings.changed(
                now, with("database.url", "postgresql://owner@127.0.0.1:5432/other"), 4))
        .containsExactly(
            "database.url (the database): can't be changed without a restart, is app, would become"
                + " other");
  }

  @Test
  void workersThatWereMadeFewerMayBecomeAsManyAgain() throws Exception {
    Settings few = with("migrations.workers", "1");

    assertThat(FixedSettings.changed(few, with("migrations.workers", "4"), 4)).isEmpty();
    assertThat(FixedSettings.changed(few, with("migrations.workers", "5"), 4))
        .singleElement()
        .asString()
        .contains("is 4, would become 5");
  }

  /** Values for the keys whose type tells none. */
  private static final Map<String, String> OTHERS =
      Map.ofEntries(
          Map.entry("listen.address", "127.0.0.1:7000"),
          Map.entry("listen.unix-socket-mode", "0770"),
          Map.entry("admin.address", "127.0.0.1:7001"),
          Map.entry("admin.status-address", "127.0.0.1:7002"),
          Map.entry("database.url", "postgresql://other@127.0.0.1:5433/nobody"),
          Map.entry("database.ca", "-----BEGIN CERTIFICATE-----"),
          Map.entry("tenants.schema", "t_{tenant}"),
          Map.entry("tenants.search-path", "{schema}"),
          Map.entry("gate.required", "7"),
          Map.entry("migrations.stop-after", "7"),
          Map.entry("migrations.canary", "7"),
          Map.entry("migrations.wave", "7"),
          Map.entry("migrations.unmanaged", "migrate"),
          Map.entry("migrations.placeholders", "a=b"),
          Map.entry("migrations.search-path", "tenant, public"),
          Map.entry("migrations.backup-program", "pg_dump18"),
          Map.entry("tracing.endpoint", "http://127.0.0.1:4318"),
          Map.entry("tracing.protocol", "http/protobuf"),
          Map.entry("tracing.environment", "true"),
          Map.entry("tracing.headers", "x=1"),
          Map.entry("tracing.sample-ratio", "0.5"));

  private static String other(SettingsReference.Entry entry) {
    String now = String.valueOf(entry.defaultValue());
    if (OTHERS.containsKey(entry.key())) {
      return OTHERS.get(entry.key());
    } else if (entry.values().startsWith("whole number")) {
      return String.valueOf(Integer.parseInt(now) + 1);
    } else if (entry.values().startsWith("duration")) {
      return "7s";
    }
    // Words are listed; anything else takes a text.
    return Arrays.stream(entry.values().split(", ", -1))
        .filter(word -> !word.equals(now))
        .findFirst()
        .orElseThrow();
  }

  /** A reload doesn't ask for what a value needs beside it, such as a certificate. */
  private static Settings lenient(Map<String, String> values) {
    Map<String, String> all = new HashMap<>(values);
    all.putIfAbsent("auth.method", "trust");
    all.putIfAbsent("auth.trust-beyond-loopback", "pass");
    return SettingsReader.readWithDefaults(new SettingsSources(null, Map.of(), all));
  }

  @Test
  void referenceTellsWhatAReloadRefuses() {
    Settings now = lenient(Map.of());
    for (SettingsReference.Entry entry : SettingsReference.entries()) {
      Settings next = lenient(Map.of(entry.key(), other(entry)));

      assertThat(FixedSettings.changed(now, next, now.migrations().workers()).isEmpty())
          .as("a reload takes another %s", entry.key())
          .isEqualTo(entry.reload().equals("yes"));
    }
  }
}
