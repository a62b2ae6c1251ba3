package dev.tenantgate.gateway.testing;

import dev.tenantgate.config.AdminSettings;
import dev.tenantgate.config.AuthSettings;
import dev.tenantgate.config.ConsoleSettings;
import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.GateSettings;
import dev.tenantgate.config.GateSettings.Policy;
import dev.tenantgate.config.LimitSettings;
import dev.tenantgate.config.ListenSettings;
import dev.tenantgate.config.ListenTls;
import dev.tenantgate.config.LogSettings;
import dev.tenantgate.config.MetricsSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.MigrationSettings.Trigger;
import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.config.RequiredVersion;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.TenantSettings;
import dev.tenantgate.config.TracingSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Makes settings, the defaults but for what a test is about. Confined to a test's thread. */
public final class TestSettings {

  private DatabaseSettings database =
      new DatabaseSettings(
          "127.0.0.1",
          5432,
          "app",
          "owner",
          null,
          "disable",
          null,
          PassOrReject.REJECT,
          PassOrReject.REJECT,
          10,
          Duration.ofSeconds(10));
  private int port;
  private String pattern = "tenant_{tenant}";
  private PassOrReject unknown = PassOrReject.REJECT;
  private TenantSettings.Switching switching = TenantSettings.Switching.ALLOW;
  private PassOrReject untenanted = PassOrReject.PASS;
  private Policy policy = Policy.HOLD;
  private GateSettings.Qualified qualified = GateSettings.Qualified.PASS;
  private RequiredVersion required = new RequiredVersion.Latest();
  private PassOrReject ahead = PassOrReject.PASS;
  private int maxHeld = 10_000;
  private int maxHeldPerTenant = 1_000;
  private Duration holdTimeout = Duration.ofSeconds(30);
  private Duration recheckInterval = Duration.ofSeconds(10);
  private int releaseRate = 1_000_000;
  private Trigger trigger = Trigger.ON_DEMAND;
  private PoolSettings pool = PoolSettings.of(PoolSettings.Mode.SESSION, 20);
  private LimitSettings limits = LimitSettings.DEFAULTS;
  private AuthSettings auth =
      new AuthSettings(AuthSettings.Method.PASS_THROUGH, null, null, null, PassOrReject.REJECT);

  /** A test's own database; a port that was given before stays. */
  public TestSettings databaseOf(DatabaseSettings value) {
    database =
        new DatabaseSettings(
            value.host(),
            port == 0 ? value.port() : port,
            value.database(),
            value.user(),
            value.password(),
            value.sslMode(),
            value.ca(),
            database.others(),
            database.replication(),
            value.maxConnections(),
            Duration.ofSeconds(2));
    return this;
  }

  public TestSettings port(int value) {
    port = value;
    return this;
  }

  public TestSettings others(PassOrReject value) {
    return database(database.database(), value, database.replication());
  }

  public TestSettings replication(PassOrReject value) {
    return database(database.database(), database.others(), value);
  }

  public TestSettings databaseName(String value) {
    return database(value, database.others(), database.replication());
  }

  private TestSettings database(String name, PassOrReject others, PassOrReject replication) {
    database =
        new DatabaseSettings(
            database.host(),
            database.port(),
            name,
            database.user(),
            database.password(),
            database.sslMode(),
            database.ca(),
            others,
            replication,
            database.maxConnections(),
            database.connectTimeout());
    return this;
  }

  public TestSettings pattern(String value) {
    pattern = value;
    return this;
  }

  public TestSettings unknown(PassOrReject value) {
    unknown = value;
    return this;
  }

  public TestSettings untenanted(PassOrReject value) {
    untenanted = value;
    return this;
  }

  public TestSettings switching(TenantSettings.Switching value) {
    switching = value;
    return this;
  }

  public TestSettings policy(Policy value) {
    policy = value;
    return this;
  }

  public TestSettings qualified(GateSettings.Qualified value) {
    qualified = value;
    return this;
  }

  public TestSettings required(long version) {
    required = new RequiredVersion.UpTo(version);
    return this;
  }

  public TestSettings ahead(PassOrReject value) {
    ahead = value;
    return this;
  }

  public TestSettings maxHeld(int all, int perTenant) {
    maxHeld = all;
    maxHeldPerTenant = perTenant;
    return this;
  }

  public TestSettings holdTimeout(Duration value) {
    holdTimeout = value;
    return this;
  }

  public TestSettings recheckInterval(Duration value) {
    recheckInterval = value;
    return this;
  }

  public TestSettings releaseRate(int value) {
    releaseRate = value;
    return this;
  }

  public TestSettings trigger(Trigger value) {
    trigger = value;
    return this;
  }

  public TestSettings pool(PoolSettings value) {
    pool = value;
    return this;
  }

  /** A session may have the gateway keep so many mebibytes. */
  public TestSettings keptMebibytes(int perSession) {
    limits = new LimitSettings(0, 0, 0, 0, 0, perSession);
    return this;
  }

  public TestSettings auth(AuthSettings value) {
    auth = value;
    return this;
  }

  public Settings build() {
    return new Settings(
        new ListenSettings(
            new NetworkAddress("127.0.0.1", 0),
            ListenSettings.Transport.AUTO,
            0,
            20_000,
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            ListenTls.DISABLED),
        new AdminSettings(new NetworkAddress("127.0.0.1", 0)),
        limits,
        database,
        new TenantSettings(
            SchemaPattern.parse(pattern),
            "{schema}, public",
            unknown,
            untenanted,
            switching,
            List.of()),
        new GateSettings(
            policy,
            required,
            ahead,
            qualified,
            holdTimeout,
            maxHeld,
            maxHeldPerTenant,
            recheckInterval,
            releaseRate,
            Duration.ofSeconds(10),
            100),
        new MigrationSettings(
            List.of(Path.of("migrations")),
            MigrationSettings.Scope.TENANT,
            trigger,
            4,
            Duration.ofSeconds(2),
            Duration.ZERO,
            Duration.ofSeconds(10)),
        pool,
        auth,
        new MetricsSettings(200, 50),
        LogSettings.DEFAULTS,
        ConsoleSettings.NONE,
        TracingSettings.OFF);
  }
}
