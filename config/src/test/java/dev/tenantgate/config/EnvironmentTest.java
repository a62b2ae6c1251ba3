package dev.tenantgate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironmentTest {

  private static final String PEM = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n";

  private static final Map<String, String> LEGACY =
      Map.of(
          "DSN", "postgresql://owner:pw@db:26257/app?connect_timeout=3",
          "CA", PEM,
          "DB_MAX_CONNS", "7",
          "DB_TIMEOUT", "15",
          "DB_MIGRATION_VERSION", "001");

  @TempDir Path folder;

  private static LoadedSettings read(Map<String, String> environment) throws SettingsException {
    return SettingsReader.read(new SettingsSources(null, environment, Map.of()));
  }

  private static SettingsException refused(Map<String, String> environment) {
    return catchThrowableOfType(SettingsException.class, () -> read(environment));
  }

  @Test
  void theNamesInTheFieldAreUnderstood() throws Exception {
    LoadedSettings loaded = read(LEGACY);

    DatabaseSettings database = loaded.settings().database();
    assertThat(database.address()).hasToString("db:26257");
    assertThat(database.password()).isEqualTo("pw");
    assertThat(database.ca()).isEqualTo(PEM);
    assertThat(database.maxConnections()).isEqualTo(7);
    assertThat(database.connectTimeout()).isEqualTo(Duration.ofSeconds(15));
    assertThat(loaded.settings().gate().required()).isEqualTo(new RequiredVersion.UpTo(1));
    assertThat(loaded.originOf("database.url")).hasToString("environment DSN");
  }

  @Test
  void ourNamesWinOverTheNamesInTheField() throws Exception {
    Map<String, String> both = new TreeMap<>(LEGACY);
    both.put("TENANTGATE_DATABASE_URL", "host=other user=o dbname=d");
    both.put("TENANTGATE_DATABASE_MAX_CONNECTIONS", "8");
    both.put("TENANTGATE_GATE_REQUIRED", "latest");

    Settings settings = read(both).settings();

    assertThat(settings.database().host()).isEqualTo("other");
    assertThat(settings.database().maxConnections()).isEqualTo(8);
    assertThat(settings.gate().required()).isEqualTo(new RequiredVersion.Latest());
  }

  @Test
  void aFileOfOursWinsOverAValueOfTheField() throws Exception {
    Path url = Files.writeString(folder.resolve("url"), "postgresql://o@fromfile/d");

    LoadedSettings loaded =
        read(Map.of("DSN", "postgresql://o@dsn/d", "TENANTGATE_DATABASE_URL_FILE", url.toString()));

    assertThat(loaded.settings().database().host()).isEqualTo("fromfile");
  }

  @Test
  void theNamesOfApplicationsAndOfLibpqMakeAUrlWhereNoneIsGiven() throws Exception {
    LoadedSettings application =
        read(
            Map.of(
                "DB_HOST", "db.internal",
                "DB_PORT", "6543",
                "DB_NAME", "app",
                "DB_USER", "owner",
                "DB_PASSWORD", "it's\\secret"));
    Settings libpq =
        read(Map.of("PGHOST", "pg", "PGDATABASE", "d", "PGUSER", "u", "PGSSLMODE", "require"))
            .settings();

    DatabaseSettings database = application.settings().database();
    assertThat(database.host()).isEqualTo("db.internal");
    assertThat(database.port()).isEqualTo(6543);
    assertThat(database.database()).isEqualTo("app");
    assertThat(database.user()).isEqualTo("owner");
    assertThat(database.password()).isEqualTo("it's\\secret");
    assertThat(application.originOf("database.url")).hasToString("environment DB_HOST");
    assertThat(libpq.database().host()).isEqualTo("pg");
    assertThat(libpq.database().sslMode()).isEqualTo("require");
  }

  @Test
  void aUrlOfAnySourceWinsOverItsParts() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("t.yaml"), "database:\n  url: postgresql://o@fromfile/d\n");
    Map<String, String> parts = Map.of("DB_HOST", "other", "DB_DRIVER", "mysql");

    Settings settings = SettingsReader.read(new SettingsSources(file, parts, Map.of())).settings();

    assertThat(settings.database().host()).isEqualTo("fromfile");
  }

  @Test
  void anotherServersDriverIsRefusedByName() {
    assertThat(refused(Map.of("DB_HOST", "h", "DB_USER", "u", "DB_DRIVER", "mysql")).errors())
        .extracting(SettingsError::toString)
        .singleElement()
        .asString()
        .contains("DB_DRIVER", "mysql");
  }

  @Test
  void aDatabaseUrlOfTheApplicationCountsWhereNoOtherIsGiven() throws Exception {
    Map<String, String> environment = new TreeMap<>(Map.of("DATABASE_URL", "postgres://o@app/d"));
    environment.put("PGHOST", "pg");
    assertThat(read(environment).settings().database().host()).isEqualTo("app");

    environment.put("DSN", "postgresql://o@dsn/d");
    assertThat(read(environment).settings().database().host()).isEqualTo("dsn");
    assertThat(refused(Map.of("DATABASE_URL", "mysql://o@app/d")).errors())
        .extracting(SettingsError::toString)
        .singleElement()
        .asString()
        .startsWith("environment DATABASE_URL: database.url: ");
  }

  @Test
  void parametersOfOtherDriversInADsnAreNamed() throws Exception {
    LoadedSettings url =
        read(Map.of("DSN", "postgresql://o:p@h/d?sslmode=disable&application_name=x&pool_size=3"));
    LoadedSettings words =
        read(Map.of("DATABASE_URL", "host=h user=o password=p application_name=x dbname=d"));

    assertThat(url.settings().database().sslMode()).isEqualTo("disable");
    assertThat(url.warnings())
        .singleElement()
        .asString()
        .startsWith("environment DSN: application_name, pool_size have no effect here");
    assertThat(words.settings().database().database()).isEqualTo("d");
    assertThat(words.warnings()).singleElement().asString().contains("application_name has no");
    // Our own name is held to what it means; and the rest of a password is never shown.
    assertThat(refused(Map.of("TENANTGATE_DATABASE_URL", "postgresql://o@h/d?nonsense=1")))
        .isNotNull();
    assertThat(refused(Map.of("DSN", "host=h user=o password=se cret=1")).getMessage())
        .doesNotContain("cret");
    assertThat(refused(Map.of("DSN", "postgresql://o@h/d?options=-csearch_path=x"))).isNotNull();
    assertThat(read(LEGACY).warnings()).isEmpty();
  }

  @Test
  void theDriverBesideADsnIsLookedAt() throws Exception {
    String url = "postgresql://o@h/d";

    assertThat(refused(Map.of("DSN", url, "DB_DRIVER", "mysql")).errors())
        .extracting(SettingsError::toString)
        .singleElement()
        .asString()
        .contains("DB_DRIVER", "mysql", "postgres");
    for (String driver : List.of("postgres", "PostgreSQL", "pgx", "cockroachdb", "")) {
      assertThat(read(Map.of("DSN", url, "DB_DRIVER", driver)).settings()).isNotNull();
    }
    Map<String, String> ours =
        Map.of("DSN", url, "DB_DRIVER", "mysql", "TENANTGATE_DATABASE_URL", url);
    assertThat(read(ours).settings()).isNotNull();
  }

  @Test
  void whatIsWrongNamesTheVariable() {
    Map<String, String> environment = new TreeMap<>(LEGACY);
    environment.put("DB_TIMEOUT", "15s");
    environment.put("DB_MAX_CONNS", "0");

    assertThat(refused(environment).errors())
        .extracting(SettingsError::toString)
        .containsExactlyInAnyOrder(
            "environment DB_TIMEOUT: database.connect-timeout: must be whole seconds, was \"15s\"",
            "environment DB_MAX_CONNS: database.max-connections: must be a whole number from 1 to"
                + " 10000, was 0");
  }

  @Test
  void aVariableSetToNothingIsNotSet() throws Exception {
    Map<String, String> environment = new TreeMap<>(LEGACY);
    environment.put("TENANTGATE_DATABASE_URL", "");
    environment.put("CA", "");

    Settings settings = read(environment).settings();

    assertThat(settings.database().host()).isEqualTo("db");
    assertThat(settings.database().ca()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TENANTGATE_HOME",
        "TENANTGATE_CLASSPATH",
        "TENANTGATE_JAVA_OPTS",
        "TENANTGATE_MEMORY",
        "TENANTGATE_CONFIG",
        "TENANTGATE_SERVICE_HOST",
        "TENANTGATE_SERVICE_PORT",
        "TENANTGATE_SERVICE_PORT_METRICS",
        "TENANTGATE_PORT",
        "TENANTGATE_PORT_6432_TCP",
        "TENANTGATE_PORT_6432_TCP_ADDR",
        "TENANTGATE_ADMIN_SERVICE_HOST",
        "TENANTGATE_ADMIN_PORT_9640_TCP_PROTO",
        "PATH",
      })
  void variablesOfOthersAreLeftAlone(String variable) throws Exception {
    Map<String, String> environment = new TreeMap<>(LEGACY);
    environment.put(variable, "tcp://10.0.0.1:6432");

    assertThat(read(environment).settings().database().host()).isEqualTo("db");
  }

  @Test
  void everyKeyHasAVariableOfItsOwnThatKubernetesNeverSets() {
    Map<String, Long> names =
        SettingKeys.BY_NAME.keySet().stream()
            .collect(Collectors.groupingBy(SettingKey::variableOf, Collectors.counting()));

    assertThat(names.values()).containsOnly(1L);
    assertThat(names.keySet()).noneMatch(EnvironmentLayer::isServiceLink);
  }

  @Test
  void theStrongerSourceWinsOverAPartOfTheUrl() throws Exception {
    Path yaml =
        Files.writeString(
            folder.resolve("t.yaml"), "database:\n  ssl-mode: require\n  password: weak\n");
    Map<String, String> environment =
        Map.of("TENANTGATE_DATABASE_URL", "postgresql://o:strong@h/d?sslmode=disable");

    LoadedSettings loaded = SettingsReader.read(new SettingsSources(yaml, environment, Map.of()));
    LoadedSettings overridden =
        SettingsReader.read(
            new SettingsSources(yaml, environment, Map.of("database.ssl-mode", "prefer")));

    assertThat(loaded.settings().database().sslMode()).isEqualTo("disable");
    assertThat(loaded.settings().database().password()).isEqualTo("strong");
    assertThat(loaded.originOf("database.ssl-mode"))
        .hasToString("environment TENANTGATE_DATABASE_URL (in database.url)");
    assertThat(overridden.settings().database().sslMode()).isEqualTo("prefer");
  }
}
