package dev.tenantgate.config;

import static dev.tenantgate.config.PoolOverrides.Scope.DATABASE;
import static dev.tenantgate.config.PoolOverrides.Scope.TENANT;
import static dev.tenantgate.config.PoolOverrides.Scope.USER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The settings of single users, databases and tenants. */
class PoolOverridesTest {

  @TempDir Path folder;

  private SettingsSources sources(
      String yaml, Map<String, String> environment, Map<String, String> commandLine)
      throws IOException {
    Map<String, String> all = new HashMap<>(commandLine);
    all.put("database.url", "postgresql://o@h/d");
    return new SettingsSources(Files.writeString(folder.resolve("t.yaml"), yaml), environment, all);
  }

  private PoolSettings pool(String yaml) throws Exception {
    return SettingsReader.read(sources(yaml, Map.of(), Map.of())).settings().pool();
  }

  private List<String> errors(String yaml, Map<String, String> environment) {
    return catchThrowableOfType(
            SettingsException.class,
            () -> SettingsReader.read(sources(yaml, environment, Map.of())))
        .errors()
        .stream()
        .map(SettingsError::toString)
        .map(error -> error.replace(folder + "/", ""))
        .toList();
  }

  @Test
  void usersValueWinsOverDatabasesAndANamesOverTheStars() throws Exception {
    PoolSettings pool =
        pool(
            """
            pool:
              query-timeout: 1s
              per-user:
                "*": {query-timeout: 2s, size: 3}
                app: {query-timeout: 4s}
              per-database:
                sales: {query-timeout: 5s, size: 6, max-lifetime: 7m, min-idle: 1}
                "*": {query-timeout: 8s, wait-timeout: 9s}
            """);

    assertThat(pool.of("sales", "app").timeouts().query()).isEqualTo(Duration.ofSeconds(4));
    assertThat(pool.of("sales", "eve").timeouts().query()).isEqualTo(Duration.ofSeconds(5));
    assertThat(pool.of("other", "eve").timeouts().query()).isEqualTo(Duration.ofSeconds(2));
    assertThat(pool.of("sales", "eve").size()).isEqualTo(6);
    assertThat(pool.of("other", "app").size()).isEqualTo(3);
    assertThat(pool.of("sales", "app").waitTimeout()).isEqualTo(Duration.ofSeconds(9));
    assertThat(pool.of("sales", "app").maxLifetime()).isEqualTo(Duration.ofMinutes(7));
    assertThat(pool.of("other", "app").minIdle()).isZero();
    assertThat(pool.keyOf(PoolSettings.Own.QUERY_TIMEOUT, "sales", "app"))
        .isEqualTo("pool.per-user.app.query-timeout");
    assertThat(pool.keyOf(PoolSettings.Own.QUERY_TIMEOUT, "other", "eve"))
        .isEqualTo("pool.per-user.*.query-timeout");
    assertThat(pool.keyOf(PoolSettings.Own.CLIENT_IDLE_TIMEOUT, "other", "eve"))
        .isEqualTo("pool.client-idle-timeout");
    assertThat(pool.shortestTimeout()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void limitsAreThoseOfTheNameElseOfTheStar() throws Exception {
    PoolSettings pool =
        pool(
            """
            pool:
              size-per-tenant: 2
              per-user: {app: {max-connections: 10}, "*": {max-connections: 20, max-backends: 5}}
              per-database: {"my.db": {max-backends: 7}}
              per-tenant: {acme: {size: 0, max-connections: 3}}
            """);
    PoolOverrides overrides = pool.overrides();

    assertThat(overrides.clients(USER, "app"))
        .isEqualTo(new PoolOverrides.Bound(10, "pool.per-user.app.max-connections"));
    assertThat(overrides.clients(USER, "eve").most()).isEqualTo(20);
    assertThat(overrides.backends(USER, "app").most()).isEqualTo(5);
    assertThat(overrides.backends(DATABASE, "my.db").key())
        .isEqualTo("pool.per-database.my.db.max-backends");
    assertThat(overrides.backends(DATABASE, "other").admits(1_000_000)).isTrue();
    assertThat(overrides.clients(TENANT, "acme").admits(3)).isTrue();
    assertThat(overrides.clients(TENANT, "acme").admits(4)).isFalse();
    assertThat(overrides.clients(TENANT, "globex")).isEqualTo(PoolOverrides.Bound.NONE);
    assertThat(pool.tenantShare("acme").most()).isZero();
    assertThat(pool.tenantShare("globex"))
        .isEqualTo(new PoolOverrides.Bound(2, "pool.size-per-tenant"));
    assertThat(pool.limitsTenantShares()).isTrue();
  }

  @Test
  void faultsAreNamedWithTheirLineAndTheNearestKey() {
    assertThat(
            errors(
                """
                pool:
                  per-user:
                    app: {query_timeout: 5s}
                    eve: 5
                    bob:
                      size: many
                      size: 3
                    bob: {}
                  per-tenant:
                    acme: {query-timeout: 5s}
                  per-database: app
                """,
                Map.of()))
        .containsExactly(
            "t.yaml:3: pool.per-user.app.query_timeout: unknown key; did you mean"
                + " pool.per-user.app.query-timeout?",
            "t.yaml:4: pool.per-user.eve: must be a section with keys of its own, was a value",
            "t.yaml:7: pool.per-user.bob.size: is given twice, first at t.yaml:6",
            "t.yaml:8: pool.per-user.bob: is given twice, first at t.yaml:5",
            "t.yaml:10: pool.per-tenant.acme.query-timeout: unknown key; did you mean"
                + " pool.per-tenant.acme.size?",
            "t.yaml:11: pool.per-database: must be names, each with keys of its own"
                + " (app: {size: 5})",
            "t.yaml:6: pool.per-user.bob.size: must be a whole number from 1 to 100000, was"
                + " \"many\"");
  }

  @Test
  void aVariableTakesAllNamesAtOnceAndWinsKeyByKey() throws Exception {
    String yaml = "pool: {per-user: {App: {query-timeout: 5s, size: 3}}}";
    LoadedSettings loaded =
        SettingsReader.read(
            sources(
                yaml,
                Map.of("TENANTGATE_POOL_PER_USER", "{App: {query-timeout: 6s}, b.c: {size: 4}}"),
                Map.of("pool.per-user.b.c.size", "5", "pool.per-tenant", "{acme: {size: 2}}")));
    PoolSettings pool = loaded.settings().pool();

    assertThat(pool.of("d", "App").timeouts().query()).isEqualTo(Duration.ofSeconds(6));
    assertThat(pool.of("d", "App").size()).isEqualTo(3);
    assertThat(pool.of("d", "b.c").size()).isEqualTo(5);
    assertThat(pool.tenantShare("acme").most()).isEqualTo(2);
    assertThat(loaded.effective())
        .filteredOn(each -> each.key().startsWith("pool.per-"))
        .extracting(each -> each.key() + "=" + each.value() + " " + each.origin().rank())
        .containsExactly(
            "pool.per-user.App.query-timeout=6s ENVIRONMENT",
            "pool.per-user.App.size=3 FILE",
            "pool.per-user.b.c.size=5 COMMAND_LINE",
            "pool.per-database=null DEFAULT",
            "pool.per-tenant.acme.size=2 COMMAND_LINE");
  }

  @Test
  void aVariableForOneNameIsToldTheWayToGiveIt() {
    assertThat(errors("", Map.of("TENANTGATE_POOL_PER_USER_APP_QUERY_TIMEOUT", "5s")))
        .containsExactly(
            "environment TENANTGATE_POOL_PER_USER_APP_QUERY_TIMEOUT: unknown variable; give all"
                + " names in one: TENANTGATE_POOL_PER_USER='{app: {max-connections: …}}'");
    assertThat(errors("", Map.of("TENANTGATE_POOL_PER_USER", "{app: [")))
        .singleElement()
        .asString()
        .startsWith("environment TENANTGATE_POOL_PER_USER: pool.per-user: isn't YAML: ");
  }
}
