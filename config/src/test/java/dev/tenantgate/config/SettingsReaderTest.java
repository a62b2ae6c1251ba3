package dev.tenantgate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsReaderTest {

  private static final String URL = "database.url";
  private static final Map<String, String> WITH_URL = Map.of(URL, "postgresql://owner@db/app");

  @TempDir Path folder;

  private Path yaml(String text) throws IOException {
    return Files.writeString(folder.resolve("tenantgate.yaml"), text);
  }

  private static LoadedSettings read(
      @Nullable Path file, Map<String, String> environment, Map<String, String> commandLine)
      throws SettingsException {
    return SettingsReader.read(new SettingsSources(file, environment, commandLine));
  }

  private static List<String> errors(
      @Nullable Path file, Map<String, String> environment, Map<String, String> commandLine) {
    SettingsException exception =
        catchThrowableOfType(SettingsException.class, () -> read(file, environment, commandLine));
    assertThat(exception).as("settings are refused").isNotNull();
    return exception.errors().stream().map(SettingsError::toString).toList();
  }

  private String error(String text) throws IOException {
    List<String> errors = errors(yaml(text), Map.of(), WITH_URL);
    assertThat(errors).hasSize(1);
    return errors.get(0).replace(folder + "/", "");
  }

  @Test
  void defaultsHoldWhereNothingIsGiven() throws Exception {
    Settings settings = read(null, Map.of(), WITH_URL).settings();

    assertThat(settings.listen().address()).hasToString("0.0.0.0:6432");
    assertThat(settings.admin().address()).hasToString("127.0.0.1:9640");
    assertThat(settings.gate().policy()).isEqualTo(GateSettings.Policy.HOLD);
    assertThat(settings.gate().required()).isEqualTo(new RequiredVersion.Latest());
    assertThat(settings.gate().holdTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(settings.tenants().schema().schemaOf("acme")).isEqualTo("tenant_acme");
    assertThat(settings.tenants().searchPath()).isEqualTo("{schema}, public");
    assertThat(settings.migrations().statementTimeout()).isZero();
    assertThat(settings.migrations().locations())
        .containsExactly(Path.of("migrations").toAbsolutePath());
    assertThat(settings.database().sslMode()).isEqualTo("prefer");
    assertThat(settings.database().password()).isNull();
  }

  @Test
  void commandLineWinsOverEnvironmentOverFileOverDefault() throws Exception {
    Path file =
        yaml(
            """
            gate:
              hold-timeout: 1s
              max-held: 11
              policy: warn
            """);
    LoadedSettings loaded =
        read(
            file,
            Map.of("TENANTGATE_GATE_HOLD_TIMEOUT", "2s", "TENANTGATE_GATE_MAX_HELD", "12"),
            Map.of(URL, "postgresql://o@db/app", "gate.hold-timeout", "3s"));

    GateSettings gate = loaded.settings().gate();
    assertThat(gate.holdTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(gate.maxHeld()).isEqualTo(12);
    assertThat(gate.policy()).isEqualTo(GateSettings.Policy.WARN);
    assertThat(gate.maxHeldPerTenant()).isEqualTo(1000);
    assertThat(loaded.originOf("gate.hold-timeout")).hasToString("command line");
    assertThat(loaded.originOf("gate.max-held"))
        .hasToString("environment TENANTGATE_GATE_MAX_HELD");
    assertThat(loaded.originOf("gate.policy")).hasToString(file + ":4");
    assertThat(loaded.originOf("gate.ahead")).hasToString("default");
  }

  @Test
  void aDatabaseMustBeGiven() {
    assertThat(errors(null, Map.of(), Map.of()))
        .containsExactly(
            "database.url: must be given, in the settings file, as TENANTGATE_DATABASE_URL or with"
                + " --database-url: postgresql://user@host:5432/database");
  }

  @Test
  void migrationsAreReadWithoutADatabase() throws Exception {
    Path file = yaml("migrations:\n  locations: [sql, /srv/more]\n");

    MigrationSettings migrations =
        SettingsReader.readMigrations(new SettingsSources(file, Map.of(), Map.of()));

    assertThat(migrations.locations()).containsExactly(folder.resolve("sql"), Path.of("/srv/more"));
  }

  @Test
  void everyKeyIsShownWithoutADatabase() throws Exception {
    List<EffectiveSetting> effective =
        SettingsReader.readEffective(new SettingsSources(null, Map.of(), Map.of()));

    assertThat(effective)
        .extracting(EffectiveSetting::key)
        .containsExactlyElementsOf(SettingKeys.ALL.stream().map(SettingKey::name).toList());
    assertThat(effective).contains(new EffectiveSetting(URL, null, new Origin.Default()));
  }

  @Test
  void relativePathsStartWhereTheyAreGiven() throws Exception {
    Path file = yaml("gate:\nauth:\n  user-list: users.txt\n");
    Path here = Path.of("").toAbsolutePath();

    Settings defaults = read(file, Map.of(), WITH_URL).settings();
    Settings given =
        read(file, Map.of("TENANTGATE_MIGRATIONS_LOCATIONS", "a, b"), WITH_URL).settings();

    assertThat(defaults.auth().userList()).isEqualTo(folder.resolve("users.txt"));
    assertThat(defaults.migrations().locations()).containsExactly(folder.resolve("migrations"));
    assertThat(given.migrations().locations())
        .containsExactly(here.resolve("a"), here.resolve("b"));
  }

  @Test
  void everyErrorIsFoundAtOnce() throws Exception {
    Path file = yaml("gate:\n  hold-timeout: -1 s\n  polcy: hold\nlisten:\n  threads: many\n");

    assertThat(errors(file, Map.of("TENANTGATE_POOL_SIZ", "3"), Map.of("pool.mode", "statement")))
        .containsExactlyInAnyOrder(
            "environment TENANTGATE_POOL_SIZ: unknown variable; did you mean TENANTGATE_POOL_SIZE?",
            file + ":3: gate.polcy: unknown key; did you mean gate.policy?",
            file + ":5: listen.threads: must be a whole number from 0 to 1024, was \"many\"",
            file + ":2: gate.hold-timeout: must be longer than 0 s, was -1 s",
            "command line: pool.mode: must be one of session, transaction, was \"statement\"",
            "database.url: must be given, in the settings file, as TENANTGATE_DATABASE_URL or with"
                + " --database-url: postgresql://user@host:5432/database");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "30 | must have a unit, one of ms, s, m, h, such as 30s, was \"30\"",
        "1.5s | must be a whole number and one of ms, s, m, h, such as 30s, was \"1.5s\"",
        "PT30S | must be a whole number and one of ms, s, m, h, such as 30s, was \"PT30S\"",
        "0s | must be longer than 0 s, was 0 s",
        "577h | must be at most 576 h, was 577 h",
        "9223372036854775807h | must be a duration that can be counted, was"
            + " \"9223372036854775807h\"",
        "99999999999999999999s | must be a duration that can be counted, was"
            + " \"99999999999999999999s\"",
        "[1s] | must be one value, was a list",
        "'' | has no value; give it one, or take the key out",
        "'\"\"' | must not be empty",
        "{a: 1} | must be a plain value; a value that begins with { needs quotes",
        "!x 1s | must be a plain value; a value that begins with ! needs quotes",
      })
  void durationsThatCannotBeAreRefused(String value, String message) throws Exception {
    assertThat(error("gate:\n  hold-timeout: " + value + "\n"))
        .isEqualTo("tenantgate.yaml:2: gate.hold-timeout: " + message);
  }

  @ParameterizedTest
  @CsvSource({"500ms,500", "30s,30000", "2m,120000", "1h,3600000", "90 s,90000"})
  void durationsHaveUnits(String text, long millis) throws Exception {
    Settings settings = read(yaml("gate:\n  hold-timeout: " + text), Map.of(), WITH_URL).settings();

    assertThat(settings.gate().holdTimeout()).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "admin: {address: '0.0.0.0:9640', insecure: true}",
        "admin: {address: '0.0.0.0:9640', token-file: tokens}",
        "admin: {address: '0.0.0.0:9640', tls: {mode: require, certificate: a, key: b}}",
        "admin: {address: '127.0.0.2:9640', status-address: '0.0.0.0:9641'}",
      })
  void adminPortMayBeOpened(String yaml) throws Exception {
    assertThat(read(yaml(yaml), Map.of(), WITH_URL).settings().admin().address().port())
        .isEqualTo(9640);
  }

  @Test
  void sameStatusAddressIsOnePort() throws Exception {
    String yaml = "admin: {address: '127.0.0.1:9640', status-address: '127.0.0.1:9640'}";

    assertThat(read(yaml(yaml), Map.of(), WITH_URL).settings().admin().statusAddress()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gate: {hold-timout: 1s} | 1: gate.hold-timout: unknown key; did you mean"
            + " gate.hold-timeout?",
        "hold-timeout: 1s | 1: hold-timeout: unknown key; did you mean gate.hold-timeout?",
        "gate: {holdTimeout: 1s} | 1: gate.holdTimeout: unknown key; did you mean"
            + " gate.hold-timeout?",
        "gates: {policy: hold} | 1: gates: unknown key; did you mean gate?",
        "database: {pasword: x} | 1: database.pasword: unknown key; did you mean"
            + " database.password?",
        "gate: hold | 1: gate: must be a section with keys of its own, was a value",
        "gate: {required: 0} | 1: gate.required: must be latest or a version, a number from 1 on,"
            + " was \"0\"",
        "gate: {required: newest} | 1: gate.required: must be latest or a version, a number from 1"
            + " on, was \"newest\"",
        "listen: {address: 6432} | 1: listen.address: must be host:port, an IPv6 address in"
            + " brackets, was \"6432\"",
        "listen: {address: 'a:70000'} | 1: listen.address: must have a port from 0 to 65535, was"
            + " \"a:70000\"",
        "admin: {address: '0.0.0.0:6432'} | 1: admin.address: must differ from listen.address, was"
            + " 0.0.0.0:6432",
        "admin: {address: '0.0.0.0:9640'} | 1: admin.address: whoever reaches 0.0.0.0:9640 may"
            + " start migrations: give admin.token-file, or admin.tls.mode require, or listen on"
            + " 127.0.0.1 and give probes and metrics admin.status-address, or set admin.insecure"
            + " to true",
        "admin: {status-address: '0.0.0.0:6432'} | 1: admin.status-address: must differ from"
            + " listen.address, was 0.0.0.0:6432",
        "admin: {insecure: perhaps} | 1: admin.insecure: must be true or false, was \"perhaps\"",
        "admin: {tls: {mode: require}} | 1: admin.tls.mode: allow and require need"
            + " admin.tls.certificate and admin.tls.key",
        "tenants: {schema: tenant} | 1: tenants.schema: must contain {tenant} exactly once, was"
            + " \"tenant\"",
        "tenants: {schema: 'pg_{tenant}'} | 1: tenants.schema: must not begin with pg_, which"
            + " PostgreSQL keeps to itself",
        "tenants: {schema: {tenant}} | 1: tenants.schema: must be a plain value; a value that"
            + " begins with { needs quotes",
        "tenants: {search-path: public} | 1: tenants.search-path: must contain {schema} exactly"
            + " once, was \"public\"",
        "migrations: {locations: []} | 1: migrations.locations: must name at least one folder",
        "migrations: {locations: [[a]]} | 1: migrations.locations: must be a list of plain values",
        "migrations: {workers: 0} | 1: migrations.workers: must be a whole number from 1 to 1000,"
            + " was 0",
        "pool: {size: 99999999999} | 1: pool.size: must be a whole number from 1 to 100000, was"
            + " 99999999999",
        "auth: {method: trust} | 1: auth.method: trust lets in whoever reaches listen.address, as"
            + " any user, and that is 0.0.0.0:6432; listen on 127.0.0.1 or [::1], or set"
            + " auth.trust-beyond-loopback to pass",
        "pool: {mode: transaction} | 1: pool.mode: transaction needs auth.method scram-sha-256 or"
            + " trust: with pass-through the server authenticates each client on a connection of"
            + " its own, which can't be lent to another",
        "auth: {method: scram-sha-256} | 1: auth.method: scram-sha-256 needs auth.user-list or"
            + " auth.query",
        "database: {ssl-mode: on} | 1: database.ssl-mode: must be one of disable, allow, prefer,"
            + " require, verify-ca, verify-full, was \"on\"",
        "database: {connect-timeout: 500ms} | 1: database.connect-timeout: must be at least 1 s,"
            + " was 500 ms",
        "[a, b] | 1: must be sections with keys, such as \"gate:\"",
        "? [a] : b | 1: a key must be a plain word",
      })
  void whatIsWrongIsNamedWithItsLine(String text, String message) throws Exception {
    assertThat(error(text)).isEqualTo("tenantgate.yaml:" + message);
  }

  @Test
  void duplicatesAreNamedWithBothLines() throws Exception {
    assertThat(error("gate:\n  policy: hold\n  policy: warn\n"))
        .isEqualTo("tenantgate.yaml:3: gate.policy: is given twice, first on line 2");
    assertThat(error("gate:\n  policy: hold\ngate:\n  ahead: pass\n"))
        .isEqualTo("tenantgate.yaml:3: gate: is given twice, first on line 1");
    assertThat(error("gate:\n  policy: hold\ngate.policy: warn\n"))
        .isEqualTo("tenantgate.yaml:3: gate.policy: is given twice, first on line 2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gate:\\n  policy: hold\\n bad | 3:",
        "gate: [a\\nb: c | 2:",
        "a: 1\\n---\\nb: 2 | 2:",
        "gate:\\n\\tpolicy: hold | 2:",
        "gate: {policy: *nope} | 1:",
        "gate: {policy: !!java.net.URL [x]} | 1:",
      })
  void malformedYamlIsNamedWithItsLine(String text, String line) throws Exception {
    assertThat(error(text.replace("\\n", "\n").replace("\\t", "\t")))
        .startsWith("tenantgate.yaml:" + line + " isn't YAML: ");
  }

  @Test
  void anAliasBombIsRefused() throws Exception {
    StringBuilder bomb = new StringBuilder("a: &a [x, x]\n");
    for (char c = 'b'; c < 'z'; c++) {
      String earlier = "*" + (char) (c - 1);
      bomb.append("%s: &%s [%s, %s]\n".formatted(c, c, earlier, earlier));
    }

    assertThat(error(bomb.toString())).startsWith("tenantgate.yaml").contains("isn't YAML");
  }

  @Test
  void textThatNoFileHasIsRefusedInOneLine() throws Exception {
    assertThat(error("gate:\n  policy: \"\0\"\n"))
        .startsWith("tenantgate.yaml: isn't YAML that is accepted: ")
        .doesNotContain("\n");
  }

  @Test
  void anErrorIsOneLineWhateverStandsInIt() throws Exception {
    assertThat(error("gate:\n  policy: \"a\\nb\"\n"))
        .isEqualTo(
            "tenantgate.yaml:2: gate.policy: must be one of hold, reject, warn, was \"a?b\"");
    assertThat(error("\"gate\\e[31m\": 1\n"))
        .isEqualTo("tenantgate.yaml:1: gate?[31m: unknown key; did you mean gate.ahead?");
  }

  @Test
  void aFileThatIsNoFileIsNamed() throws Exception {
    Path missing = folder.resolve("nope.yaml");
    Path binary = Files.write(folder.resolve("binary.yaml"), new byte[] {(byte) 0xff, 0});

    assertThat(errors(missing, Map.of(), Map.of())).containsExactly(missing + ": no such file");
    assertThat(errors(folder, Map.of(), Map.of()))
        .containsExactly(folder + ": must be a settings file, is a folder");
    assertThat(errors(binary, Map.of(), Map.of())).containsExactly(binary + ": must be UTF-8 text");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "gate:\n", "---\n", "\uFEFFgate:\n"})
  void anEmptyFileIsAFile(String text) throws Exception {
    assertThat(read(yaml(text), Map.of(), WITH_URL).settings().gate().maxHeld()).isEqualTo(10_000);
  }

  @Test
  void textsStayTexts() throws Exception {
    Path file = yaml("gate:\n  required: 007\ndatabase:\n  password: 0123\n");

    Settings settings = read(file, Map.of(), WITH_URL).settings();

    assertThat(settings.gate().required()).isEqualTo(new RequiredVersion.UpTo(7));
    assertThat(settings.database().password()).isEqualTo("0123");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "listen: {address: '127.0.0.1:6432'}",
        "listen: {address: '127.8.8.8:6432'}",
        "listen: {address: 'localhost:6432'}",
        "listen: {address: '[::1]:6432'}",
        "auth.trust-beyond-loopback: pass",
      })
  void trustIsForLoopbackOrForWhoeverInsists(String text) throws Exception {
    Path file = yaml(text + "\nauth.method: trust\n");

    assertThat(read(file, Map.of(), WITH_URL).settings().auth().method())
        .isEqualTo(AuthSettings.Method.TRUST);
  }

  @Test
  void whatIsShownReadsBackAsTheSame() throws Exception {
    LoadedSettings loaded = read(null, Map.of(), WITH_URL);
    StringBuilder text = new StringBuilder();
    for (EffectiveSetting setting : loaded.effective()) {
      if (setting.value() != null) {
        String value = setting.value();
        text.append(setting.key() + ": " + (value.startsWith("{") ? "'" + value + "'" : value))
            .append('\n');
      }
    }

    assertThat(read(yaml(text.toString()), Map.of(), Map.of()).settings())
        .isEqualTo(loaded.settings());
  }
}
