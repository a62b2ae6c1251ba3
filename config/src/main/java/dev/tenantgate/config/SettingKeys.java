package dev.tenantgate.config;

import static dev.tenantgate.config.ValueTypes.address;
import static dev.tenantgate.config.ValueTypes.durationAboveZero;
import static dev.tenantgate.config.ValueTypes.durationFrom;
import static dev.tenantgate.config.ValueTypes.path;
import static dev.tenantgate.config.ValueTypes.paths;
import static dev.tenantgate.config.ValueTypes.text;
import static dev.tenantgate.config.ValueTypes.wholeNumber;
import static dev.tenantgate.config.ValueTypes.word;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Every key that there is, with its type, limits and default. */
final class SettingKeys {

  static final SettingKey<NetworkAddress> LISTEN_ADDRESS =
      SettingKey.of("listen.address", address(), "0.0.0.0:6432").fixed();
  static final SettingKey<ListenSettings.Transport> LISTEN_TRANSPORT =
      SettingKey.of("listen.transport", word(ListenSettings.Transport.class), "auto").fixed();
  static final SettingKey<Integer> LISTEN_THREADS =
      SettingKey.of("listen.threads", wholeNumber(0, 1024), "0").fixed();
  static final SettingKey<Integer> LISTEN_MAX_CONNECTIONS =
      SettingKey.of("listen.max-connections", wholeNumber(1, 1_000_000), "20000");
  static final SettingKey<Duration> LISTEN_LOGIN_TIMEOUT =
      SettingKey.of("listen.login-timeout", durationAboveZero(), "60s");
  static final SettingKey<Duration> LISTEN_DRAIN_TIMEOUT =
      SettingKey.of("listen.drain-timeout", durationFrom(Duration.ZERO), "30s");
  static final SettingKey<ListenTls.Mode> LISTEN_TLS_MODE =
      SettingKey.of("listen.tls.mode", word(ListenTls.Mode.class), "disable");
  static final SettingKey<Path> LISTEN_TLS_CERTIFICATE =
      SettingKey.optional("listen.tls.certificate", path());
  static final SettingKey<Path> LISTEN_TLS_KEY = SettingKey.optional("listen.tls.key", path());

  static final SettingKey<Path> LISTEN_UNIX_SOCKET =
      SettingKey.optional("listen.unix-socket", UnixSocketSettings.DIRECTORY).fixed();
  static final SettingKey<Integer> LISTEN_UNIX_SOCKET_MODE =
      SettingKey.of("listen.unix-socket-mode", UnixSocketSettings.MODE, "0777").fixed();

  static final SettingKey<Integer> LIMITS_LOGINS =
      SettingKey.of("limits.logins", wholeNumber(0, 1_000_000), "0");
  static final SettingKey<Integer> LIMITS_LOGINS_PER_ADDRESS =
      SettingKey.of("limits.logins-per-address", wholeNumber(0, 1_000_000), "0");
  static final SettingKey<Integer> LIMITS_CLIENT_MEBIBYTES =
      SettingKey.of("limits.client-mebibytes", wholeNumber(0, 1_000_000), "0").fixed();
  static final SettingKey<Integer> LIMITS_OUTBOUND_MEBIBYTES =
      SettingKey.of("limits.outbound-mebibytes", wholeNumber(0, 1_000_000), "0").fixed();
  static final SettingKey<Integer> LIMITS_KEPT_MEBIBYTES =
      SettingKey.of("limits.kept-mebibytes", wholeNumber(0, 1_000_000), "0").fixed();
  static final SettingKey<Integer> LIMITS_KEPT_MEBIBYTES_PER_SESSION =
      SettingKey.of("limits.kept-mebibytes-per-session", wholeNumber(0, 1_000_000), "0").fixed();

  static final SettingKey<SchemaPattern> TENANTS_SCHEMA =
      SettingKey.of("tenants.schema", ValueTypes.schemaPattern(), "tenant_{tenant}").fixed();
  static final SettingKey<String> TENANTS_SEARCH_PATH =
      SettingKey.of("tenants.search-path", ValueTypes.searchPath(), "{schema}, public");
  static final SettingKey<PassOrReject> TENANTS_UNKNOWN =
      SettingKey.of("tenants.unknown", word(PassOrReject.class), "reject");
  static final SettingKey<PassOrReject> TENANTS_UNTENANTED =
      SettingKey.of("tenants.untenanted", word(PassOrReject.class), "pass");
  static final SettingKey<TenantSettings.Switching> TENANTS_SWITCHING =
      SettingKey.of("tenants.switching", word(TenantSettings.Switching.class), "allow");

  static final SettingKey<List<TenantGrant>> TENANTS_GRANTS =
      SettingKey.optional(
              "tenants.grants",
              new ListType<>(
                  "list of roles, each like app or reports=read-only", TenantGrant::parse))
          .fixed();

  static final SettingKey<GateSettings.Policy> GATE_POLICY =
      SettingKey.of("gate.policy", word(GateSettings.Policy.class), "hold");
  static final SettingKey<RequiredVersion> GATE_REQUIRED =
      SettingKey.of("gate.required", ValueTypes.requiredVersion(), "latest");
  static final SettingKey<List<String>> GATE_REQUIRED_NAMES =
      SettingKey.optional("gate.required-names", new ListType<>("list of names", name -> name));
  static final SettingKey<String> GATE_REQUIRED_TAG =
      SettingKey.optional("gate.required-tag", text());
  static final SettingKey<PassOrReject> GATE_AHEAD =
      SettingKey.of("gate.ahead", word(PassOrReject.class), "pass");
  static final SettingKey<GateSettings.Qualified> GATE_QUALIFIED =
      SettingKey.of("gate.qualified", word(GateSettings.Qualified.class), "pass").fixed();
  static final SettingKey<Duration> GATE_HOLD_TIMEOUT =
      SettingKey.of("gate.hold-timeout", durationAboveZero(), "30s");
  static final SettingKey<Integer> GATE_MAX_HELD =
      SettingKey.of("gate.max-held", wholeNumber(1, 1_000_000), "10000");
  static final SettingKey<Integer> GATE_MAX_HELD_PER_TENANT =
      SettingKey.of("gate.max-held-per-tenant", wholeNumber(1, 1_000_000), "1000");
  static final SettingKey<Duration> GATE_RECHECK_INTERVAL =
      SettingKey.of("gate.recheck-interval", durationAboveZero(), "10s");
  static final SettingKey<Integer> GATE_RELEASE_RATE =
      SettingKey.of("gate.release-rate", wholeNumber(1, 1_000_000), "10000");

  static final SettingKey<Duration> GATE_LEASE_TIMEOUT =
      SettingKey.of("gate.lease-timeout", durationFrom(Duration.ofMillis(500)), "10s").fixed();
  static final SettingKey<Integer> GATE_MAX_WITHHELD_MEGABYTES =
      SettingKey.of("gate.max-withheld-megabytes", wholeNumber(1, 1_000_000_000), "10240");

  static final SettingKey<List<Path>> MIGRATIONS_LOCATIONS =
      SettingKey.of("migrations.locations", paths(), "./migrations");
  static final SettingKey<MigrationSettings.Scope> MIGRATIONS_DEFAULT_SCOPE =
      SettingKey.of("migrations.default-scope", word(MigrationSettings.Scope.class), "tenant");
  static final SettingKey<MigrationSettings.Trigger> MIGRATIONS_TRIGGER =
      SettingKey.of("migrations.trigger", word(MigrationSettings.Trigger.class), "on-demand");
  static final SettingKey<Integer> MIGRATIONS_WORKERS =
      SettingKey.of("migrations.workers", wholeNumber(1, 1000), "4").atMostAsAtStart();
  static final SettingKey<Portion> MIGRATIONS_STOP_AFTER =
      SettingKey.of("migrations.stop-after", ValueTypes.portionOr("never"), "never");
  static final SettingKey<Canary> MIGRATIONS_CANARY =
      SettingKey.of("migrations.canary", new CanaryType(), "none");
  static final SettingKey<Portion> MIGRATIONS_WAVE =
      SettingKey.of("migrations.wave", ValueTypes.portionOr("all"), "all");
  static final SettingKey<Duration> MIGRATIONS_WAVE_PAUSE =
      SettingKey.of("migrations.wave-pause", durationFrom(Duration.ZERO), "0s");
  static final SettingKey<RolloutSettings.AfterWave> MIGRATIONS_AFTER_WAVE =
      SettingKey.of("migrations.after-wave", word(RolloutSettings.AfterWave.class), "go-on");
  static final SettingKey<Duration> MIGRATIONS_LOCK_TIMEOUT =
      SettingKey.of("migrations.lock-timeout", durationAboveZero(), "2s");
  static final SettingKey<Duration> MIGRATIONS_STATEMENT_TIMEOUT =
      SettingKey.of("migrations.statement-timeout", durationFrom(Duration.ZERO), "0s");
  static final SettingKey<Duration> MIGRATIONS_LEASE_TIMEOUT =
      SettingKey.of("migrations.lease-timeout", durationAboveZero(), "10s").fixed();
  static final SettingKey<Duration> MIGRATIONS_DRAIN_TIMEOUT =
      SettingKey.of("migrations.drain-timeout", durationAboveZero(), "10s").fixed();
  static final SettingKey<DrainSettings.AfterTimeout> MIGRATIONS_AFTER_DRAIN_TIMEOUT =
      SettingKey.of(
              "migrations.after-drain-timeout", word(DrainSettings.AfterTimeout.class), "postpone")
          .fixed();
  static final SettingKey<ExecutionSettings.Strategy> MIGRATIONS_STRATEGY =
      SettingKey.of("migrations.strategy", word(ExecutionSettings.Strategy.class), "auto").fixed();
  static final SettingKey<ExecutionSettings.Role> MIGRATIONS_ROLE =
      SettingKey.of("migrations.role", word(ExecutionSettings.Role.class), "owner");
  static final SettingKey<Integer> MIGRATIONS_CONCURRENT_WORKERS =
      SettingKey.of("migrations.concurrent-workers", wholeNumber(1, 100), "1").fixed();
  static final SettingKey<Duration> MIGRATIONS_CONCURRENT_LOCK_TIMEOUT =
      SettingKey.of("migrations.concurrent-lock-timeout", durationAboveZero(), "30s");
  static final SettingKey<Duration> MIGRATIONS_CONCURRENT_STATEMENT_TIMEOUT =
      SettingKey.of("migrations.concurrent-statement-timeout", durationFrom(Duration.ZERO), "0s");
  static final SettingKey<MigrationTool.Kind> MIGRATIONS_TOOL =
      SettingKey.of("migrations.tool", word(MigrationTool.Kind.class), "tenantgate").fixed();
  static final SettingKey<List<String>> MIGRATIONS_COMMAND =
      SettingKey.optional("migrations.command", new CommandType());
  static final SettingKey<Duration> MIGRATIONS_COMMAND_TIMEOUT =
      SettingKey.of("migrations.command-timeout", durationAboveZero(), "10m");
  static final SettingKey<String> MIGRATIONS_HISTORY_TABLE =
      SettingKey.optional("migrations.history-table", text());
  static final SettingKey<MigrationTool.FileFormat> MIGRATIONS_FILE_FORMAT =
      SettingKey.of("migrations.file-format", word(MigrationTool.FileFormat.class), "auto");
  static final SettingKey<UnmanagedPolicy> MIGRATIONS_UNMANAGED =
      SettingKey.of("migrations.unmanaged", ValueTypes.unmanagedPolicy(), "refuse");
  static final SettingKey<String> MIGRATIONS_ENVIRONMENT =
      SettingKey.optional("migrations.environment", text());
  static final SettingKey<SqlSettings.Replace> MIGRATIONS_REPLACE_PLACEHOLDERS =
      SettingKey.of("migrations.replace-placeholders", word(SqlSettings.Replace.class), "flyway");
  static final SettingKey<List<Map.Entry<String, String>>> MIGRATIONS_PLACEHOLDERS =
      SettingKey.optional("migrations.placeholders", ValueTypes.placeholders());
  static final SettingKey<String> MIGRATIONS_DUMP_SCHEMA =
      SettingKey.optional("migrations.dump-schema", text());
  static final SettingKey<List<String>> MIGRATIONS_SEARCH_PATH =
      SettingKey.of("migrations.search-path", ValueTypes.migrationSearchPath(), "tenant");
  static final SettingKey<String> MIGRATIONS_CHECKPOINT_VERSION =
      SettingKey.optional("migrations.checkpoint.version", text());
  static final SettingKey<Path> MIGRATIONS_CHECKPOINT_DUMP =
      SettingKey.optional("migrations.checkpoint.dump", path());
  static final SettingKey<String> MIGRATIONS_CHECKPOINT_TEMPLATE_SCHEMA =
      SettingKey.optional("migrations.checkpoint.template-schema", text());
  static final SettingKey<List<Path>> MIGRATIONS_SEED_DATA =
      SettingKey.optional("migrations.seed-data", paths());
  static final SettingKey<LintSettings.Level> MIGRATIONS_LINT =
      SettingKey.of("migrations.lint", word(LintSettings.Level.class), "warn");
  static final SettingKey<List<String>> MIGRATIONS_LINT_IGNORE =
      SettingKey.optional("migrations.lint-ignore", new ListType<>("list of rules", rule -> rule));
  static final SettingKey<Path> MIGRATIONS_BACKUP_DIRECTORY =
      SettingKey.optional("migrations.backup-directory", path()).fixed();
  static final SettingKey<BackupSettings.Format> MIGRATIONS_BACKUP_FORMAT =
      SettingKey.of("migrations.backup-format", word(BackupSettings.Format.class), "custom")
          .fixed();
  static final SettingKey<String> MIGRATIONS_BACKUP_PROGRAM =
      SettingKey.of("migrations.backup-program", text(), "pg_dump").fixed();

  static final SettingKey<AuthSettings.Method> AUTH_METHOD =
      SettingKey.of("auth.method", word(AuthSettings.Method.class), "pass-through");
  static final SettingKey<Path> AUTH_USER_LIST = SettingKey.optional("auth.user-list", path());
  static final SettingKey<String> AUTH_QUERY = SettingKey.optional("auth.query", text()).orFile();
  static final SettingKey<String> AUTH_SALT_SECRET =
      SettingKey.optional("auth.salt-secret", text()).orFile().keptSecret();
  static final SettingKey<PassOrReject> AUTH_TRUST_BEYOND_LOOPBACK =
      SettingKey.of("auth.trust-beyond-loopback", word(PassOrReject.class), "reject");
  static final SettingKey<AuthSettings.UnixSocketMethod> AUTH_UNIX_SOCKET_METHOD =
      SettingKey.of("auth.unix-socket-method", word(AuthSettings.UnixSocketMethod.class), "same");
  static final SettingKey<List<UnixSocketSettings.PeerName>> AUTH_PEER_MAP =
      SettingKey.optional("auth.peer-map", UnixSocketSettings.PEERS);

  /** Every key, in the order of the reference file. */
  static final List<SettingKey<?>> ALL =
      List.of(
          LISTEN_ADDRESS,
          LISTEN_TRANSPORT,
          LISTEN_THREADS,
          LISTEN_MAX_CONNECTIONS,
          LISTEN_LOGIN_TIMEOUT,
          LISTEN_DRAIN_TIMEOUT,
          LISTEN_UNIX_SOCKET,
          LISTEN_UNIX_SOCKET_MODE,
          LISTEN_TLS_MODE,
          LISTEN_TLS_CERTIFICATE,
          LISTEN_TLS_KEY,
          TcpSettings.CLIENT_IDLE,
          TcpSettings.CLIENT_INTERVAL,
          TcpSettings.CLIENT_COUNT,
          TcpSettings.CLIENT_USER_TIMEOUT,
          ShutdownSettings.DELAY,
          ShutdownSettings.TIMEOUT,
          ShutdownSettings.TAKEOVER_SOCKET,
          AdminKeys.ADDRESS,
          AdminKeys.STATUS_ADDRESS,
          AdminKeys.HOSTS,
          AdminKeys.TLS_MODE,
          AdminKeys.TLS_CERTIFICATE,
          AdminKeys.TLS_KEY,
          AdminKeys.TOKEN_FILE,
          AdminKeys.INSECURE,
          ConsoleKeys.USERS,
          ConsoleKeys.STATS_USERS,
          ConsoleKeys.CONNECTIONS,
          LIMITS_LOGINS,
          LIMITS_LOGINS_PER_ADDRESS,
          LIMITS_CLIENT_MEBIBYTES,
          LIMITS_OUTBOUND_MEBIBYTES,
          LIMITS_KEPT_MEBIBYTES,
          LIMITS_KEPT_MEBIBYTES_PER_SESSION,
          DatabaseKeys.URL,
          DatabaseKeys.PASSWORD,
          DatabaseKeys.SSL_MODE,
          DatabaseKeys.CA,
          DatabaseKeys.OTHERS,
          DatabaseKeys.REPLICATION,
          DatabaseKeys.MAX_CONNECTIONS,
          DatabaseKeys.CONNECT_TIMEOUT,
          DatabaseKeys.OUTAGE_TIMEOUT,
          DatabaseKeys.DNS_REFRESH,
          TcpSettings.SERVER_IDLE,
          TcpSettings.SERVER_INTERVAL,
          TcpSettings.SERVER_COUNT,
          TcpSettings.SERVER_USER_TIMEOUT,
          TENANTS_SCHEMA,
          TENANTS_SEARCH_PATH,
          TENANTS_UNKNOWN,
          TENANTS_UNTENANTED,
          TENANTS_SWITCHING,
          TENANTS_GRANTS,
          GATE_POLICY,
          GATE_REQUIRED,
          GATE_REQUIRED_NAMES,
          GATE_REQUIRED_TAG,
          GATE_AHEAD,
          GATE_QUALIFIED,
          GATE_HOLD_TIMEOUT,
          GATE_MAX_HELD,
          GATE_MAX_HELD_PER_TENANT,
          GATE_RECHECK_INTERVAL,
          GATE_RELEASE_RATE,
          GATE_LEASE_TIMEOUT,
          GATE_MAX_WITHHELD_MEGABYTES,
          MIGRATIONS_LOCATIONS,
          MIGRATIONS_DEFAULT_SCOPE,
          MIGRATIONS_TRIGGER,
          MIGRATIONS_WORKERS,
          MIGRATIONS_STOP_AFTER,
          MIGRATIONS_CANARY,
          MIGRATIONS_WAVE,
          MIGRATIONS_WAVE_PAUSE,
          MIGRATIONS_AFTER_WAVE,
          MIGRATIONS_LOCK_TIMEOUT,
          MIGRATIONS_STATEMENT_TIMEOUT,
          MIGRATIONS_DRAIN_TIMEOUT,
          MIGRATIONS_AFTER_DRAIN_TIMEOUT,
          MIGRATIONS_STRATEGY,
          MIGRATIONS_ROLE,
          MIGRATIONS_CONCURRENT_WORKERS,
          MIGRATIONS_CONCURRENT_LOCK_TIMEOUT,
          MIGRATIONS_CONCURRENT_STATEMENT_TIMEOUT,
          MIGRATIONS_LEASE_TIMEOUT,
          MIGRATIONS_UNMANAGED,
          MIGRATIONS_TOOL,
          MIGRATIONS_COMMAND,
          MIGRATIONS_COMMAND_TIMEOUT,
          MIGRATIONS_HISTORY_TABLE,
          MIGRATIONS_FILE_FORMAT,
          MIGRATIONS_REPLACE_PLACEHOLDERS,
          MIGRATIONS_PLACEHOLDERS,
          MIGRATIONS_DUMP_SCHEMA,
          MIGRATIONS_SEARCH_PATH,
          MIGRATIONS_ENVIRONMENT,
          MIGRATIONS_CHECKPOINT_VERSION,
          MIGRATIONS_CHECKPOINT_DUMP,
          MIGRATIONS_CHECKPOINT_TEMPLATE_SCHEMA,
          MIGRATIONS_SEED_DATA,
          MIGRATIONS_LINT,
          MIGRATIONS_LINT_IGNORE,
          MIGRATIONS_BACKUP_DIRECTORY,
          MIGRATIONS_BACKUP_FORMAT,
          MIGRATIONS_BACKUP_PROGRAM,
          PoolKeys.MODE,
          PoolKeys.SIZE,
          PoolKeys.SIZE_PER_TENANT,
          PoolKeys.MAX_BACKENDS,
          PoolKeys.MIN_IDLE,
          PoolKeys.WAIT_TIMEOUT,
          PoolKeys.MAX_WAITING,
          PoolKeys.IDLE_TIMEOUT,
          PoolKeys.QUERY_TIMEOUT,
          PoolKeys.TRANSACTION_TIMEOUT,
          PoolKeys.IDLE_TRANSACTION_TIMEOUT,
          PoolKeys.CLIENT_IDLE_TIMEOUT,
          PoolKeys.MAX_LIFETIME,
          PoolKeys.MAX_PREPARED,
          PoolKeys.UNPOOLABLE,
          PoolKeys.READ_BACK,
          PoolKeys.BEGIN,
          PoolKeys.PER_USER,
          PoolKeys.PER_DATABASE,
          PoolKeys.PER_TENANT,
          AUTH_METHOD,
          AUTH_USER_LIST,
          AUTH_QUERY,
          AUTH_SALT_SECRET,
          AUTH_TRUST_BEYOND_LOOPBACK,
          AUTH_UNIX_SOCKET_METHOD,
          AUTH_PEER_MAP,
          ObservationKeys.METRICS_TENANT_SERIES,
          ObservationKeys.METRICS_USER_SERIES,
          ObservationKeys.LOG_FORMAT,
          ObservationKeys.LOG_CONNECTIONS,
          ObservationKeys.LOG_DISCONNECTIONS,
          ObservationKeys.LOG_FAILURES,
          ObservationKeys.LOG_MIGRATION_VALUES,
          ObservationKeys.TRACING_ENDPOINT,
          ObservationKeys.TRACING_PROTOCOL,
          ObservationKeys.TRACING_HEADERS,
          ObservationKeys.TRACING_CA,
          ObservationKeys.TRACING_SERVICE_NAME,
          ObservationKeys.TRACING_SAMPLE_RATIO,
          ObservationKeys.TRACING_TRANSACTIONS,
          ObservationKeys.TRACING_ENVIRONMENT);

  /** Every name that may be given, {@code …-file} keys among them, with the key it is for. */
  static final Map<String, SettingKey<?>> BY_NAME = byName();

  private SettingKeys() {}

  private static Map<String, SettingKey<?>> byName() {
    Map<String, SettingKey<?>> names = new LinkedHashMap<>();
    for (SettingKey<?> key : ALL) {
      names.put(key.name(), key);
      if (key.fromFile()) {
        names.put(key.fileName(), key);
      }
    }
    return names;
  }

  /** The name that somebody may have meant; behind a name of theirs it is one of its keys. */
  static String nearest(String name) {
    SettingKey<?> family = NamedKeys.familyOf(name);
    int dot = name.lastIndexOf('.');
    return family == null || dot <= family.name().length()
        ? NearestName.of(name, BY_NAME.keySet())
        : NearestName.of(name, NamedKeys.of(family).below(name.substring(0, dot)));
  }

  /** Whether a word heads keys of its own: {@code gate}. */
  static boolean isSection(String name) {
    return BY_NAME.keySet().stream().anyMatch(key -> key.startsWith(name + "."));
  }

  /** The sections, in order. */
  static List<String> sections() {
    return ALL.stream()
        .map(key -> key.name().substring(0, key.name().indexOf('.')))
        .distinct()
        .collect(Collectors.toList());
  }
}
