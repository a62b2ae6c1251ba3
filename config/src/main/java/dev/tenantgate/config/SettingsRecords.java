package dev.tenantgate.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the settings of the values that won. Confined to the reading. */
final class SettingsRecords {

  private final ResolvedSettings resolved;

  SettingsRecords(ResolvedSettings resolved) {
    this.resolved = resolved;
  }

  /** The settings; only without errors, and with a database. */
  Settings settings() {
    return new Settings(
        new ListenSettings(
            resolved.need(SettingKeys.LISTEN_ADDRESS),
            resolved.need(SettingKeys.LISTEN_TRANSPORT),
            resolved.need(SettingKeys.LISTEN_THREADS),
            resolved.need(SettingKeys.LISTEN_MAX_CONNECTIONS),
            resolved.need(SettingKeys.LISTEN_LOGIN_TIMEOUT),
            resolved.need(SettingKeys.LISTEN_DRAIN_TIMEOUT),
            new ListenTls(
                resolved.need(SettingKeys.LISTEN_TLS_MODE),
                resolved.get(SettingKeys.LISTEN_TLS_CERTIFICATE),
                resolved.get(SettingKeys.LISTEN_TLS_KEY)),
            new UnixSocketSettings(
                resolved.get(SettingKeys.LISTEN_UNIX_SOCKET),
                resolved.need(SettingKeys.LISTEN_UNIX_SOCKET_MODE)),
            new ShutdownSettings(
                resolved.need(ShutdownSettings.DELAY),
                resolved.need(ShutdownSettings.TIMEOUT),
                resolved.get(ShutdownSettings.TAKEOVER_SOCKET)),
            TcpSettings.ofClients(resolved)),
        AdminKeys.admin(resolved),
        limits(),
        database(),
        tenants(),
        gate(),
        migrations(),
        PoolKeys.pool(resolved),
        new AuthSettings(
            resolved.need(SettingKeys.AUTH_METHOD),
            resolved.get(SettingKeys.AUTH_USER_LIST),
            resolved.get(SettingKeys.AUTH_QUERY),
            resolved.get(SettingKeys.AUTH_SALT_SECRET),
            resolved.need(SettingKeys.AUTH_TRUST_BEYOND_LOOPBACK),
            resolved.need(SettingKeys.AUTH_UNIX_SOCKET_METHOD),
            resolved.orNone(SettingKeys.AUTH_PEER_MAP)),
        ObservationKeys.metrics(resolved),
        ObservationKeys.log(resolved),
        ConsoleKeys.console(resolved),
        ObservationKeys.tracing(resolved));
  }

  private LimitSettings limits() {
    return new LimitSettings(
        resolved.need(SettingKeys.LIMITS_LOGINS),
        resolved.need(SettingKeys.LIMITS_LOGINS_PER_ADDRESS),
        resolved.need(SettingKeys.LIMITS_CLIENT_MEBIBYTES),
        resolved.need(SettingKeys.LIMITS_OUTBOUND_MEBIBYTES),
        resolved.need(SettingKeys.LIMITS_KEPT_MEBIBYTES),
        resolved.need(SettingKeys.LIMITS_KEPT_MEBIBYTES_PER_SESSION));
  }

  private DatabaseSettings database() {
    DatabaseUrl url = resolved.need(DatabaseKeys.URL);
    return new DatabaseSettings(
        url.address().host(),
        url.address().port(),
        url.database(),
        url.user(),
        resolved.get(DatabaseKeys.PASSWORD),
        resolved.need(DatabaseKeys.SSL_MODE),
        resolved.get(DatabaseKeys.CA),
        resolved.need(DatabaseKeys.OTHERS),
        resolved.need(DatabaseKeys.REPLICATION),
        resolved.need(DatabaseKeys.MAX_CONNECTIONS),
        resolved.need(DatabaseKeys.CONNECT_TIMEOUT),
        resolved.need(DatabaseKeys.OUTAGE_TIMEOUT),
        resolved.need(DatabaseKeys.DNS_REFRESH),
        url.addresses().subList(1, url.addresses().size()),
        url.target(),
        TcpSettings.ofServer(resolved));
  }

  /** The settings of tenants; only without errors. */
  TenantSettings tenants() {
    return new TenantSettings(
        resolved.need(SettingKeys.TENANTS_SCHEMA),
        resolved.need(SettingKeys.TENANTS_SEARCH_PATH),
        resolved.need(SettingKeys.TENANTS_UNKNOWN),
        resolved.need(SettingKeys.TENANTS_UNTENANTED),
        resolved.need(SettingKeys.TENANTS_SWITCHING),
        resolved.orNone(SettingKeys.TENANTS_GRANTS));
  }

  /** The version that every schema needs, by whichever key it is given. */
  RequiredVersion required() {
    String tag = resolved.get(SettingKeys.GATE_REQUIRED_TAG);
    List<String> names = resolved.orNone(SettingKeys.GATE_REQUIRED_NAMES);
    if (tag != null) {
      return new RequiredVersion.Tag(tag);
    }
    return names.isEmpty()
        ? resolved.need(SettingKeys.GATE_REQUIRED)
        : new RequiredVersion.Names(names);
  }

  private GateSettings gate() {
    return new GateSettings(
        resolved.need(SettingKeys.GATE_POLICY),
        required(),
        resolved.need(SettingKeys.GATE_AHEAD),
        resolved.need(SettingKeys.GATE_QUALIFIED),
        resolved.need(SettingKeys.GATE_HOLD_TIMEOUT),
        resolved.need(SettingKeys.GATE_MAX_HELD),
        resolved.need(SettingKeys.GATE_MAX_HELD_PER_TENANT),
        resolved.need(SettingKeys.GATE_RECHECK_INTERVAL),
        resolved.need(SettingKeys.GATE_RELEASE_RATE),
        resolved.need(SettingKeys.GATE_LEASE_TIMEOUT),
        resolved.need(SettingKeys.GATE_MAX_WITHHELD_MEGABYTES));
  }

  /** The settings of migrations; only without errors. */
  MigrationSettings migrations() {
    return new MigrationSettings(
        resolved.need(SettingKeys.MIGRATIONS_LOCATIONS),
        resolved.need(SettingKeys.MIGRATIONS_DEFAULT_SCOPE),
        resolved.need(SettingKeys.MIGRATIONS_TRIGGER),
        resolved.need(SettingKeys.MIGRATIONS_WORKERS),
        resolved.need(SettingKeys.MIGRATIONS_LOCK_TIMEOUT),
        resolved.need(SettingKeys.MIGRATIONS_STATEMENT_TIMEOUT),
        resolved.need(SettingKeys.MIGRATIONS_LEASE_TIMEOUT),
        resolved.get(SettingKeys.MIGRATIONS_ENVIRONMENT),
        execution(),
        new RolloutSettings(
            resolved.need(SettingKeys.MIGRATIONS_STOP_AFTER),
            resolved.need(SettingKeys.MIGRATIONS_CANARY),
            resolved.need(SettingKeys.MIGRATIONS_WAVE),
            resolved.need(SettingKeys.MIGRATIONS_WAVE_PAUSE),
            resolved.need(SettingKeys.MIGRATIONS_AFTER_WAVE)),
        resolved.orNone(SettingKeys.MIGRATIONS_SEED_DATA),
        new LintSettings(
            resolved.need(SettingKeys.MIGRATIONS_LINT),
            resolved.orNone(SettingKeys.MIGRATIONS_LINT_IGNORE)),
        new BackupSettings(
            resolved.get(SettingKeys.MIGRATIONS_BACKUP_DIRECTORY),
            resolved.need(SettingKeys.MIGRATIONS_BACKUP_FORMAT),
            resolved.need(SettingKeys.MIGRATIONS_BACKUP_PROGRAM)),
        new DrainSettings(
            resolved.need(SettingKeys.MIGRATIONS_DRAIN_TIMEOUT),
            resolved.need(SettingKeys.MIGRATIONS_AFTER_DRAIN_TIMEOUT)),
        resolved.need(SettingKeys.MIGRATIONS_UNMANAGED),
        tool(),
        new SqlSettings(
            resolved.need(SettingKeys.MIGRATIONS_REPLACE_PLACEHOLDERS),
            placeholders(),
            resolved.get(SettingKeys.MIGRATIONS_DUMP_SCHEMA),
            resolved.need(SettingKeys.MIGRATIONS_SEARCH_PATH)),
        checkpoint());
  }

  private ExecutionSettings execution() {
    return new ExecutionSettings(
        resolved.need(SettingKeys.MIGRATIONS_STRATEGY),
        resolved.need(SettingKeys.MIGRATIONS_CONCURRENT_WORKERS),
        resolved.need(SettingKeys.MIGRATIONS_CONCURRENT_LOCK_TIMEOUT),
        resolved.need(SettingKeys.MIGRATIONS_CONCURRENT_STATEMENT_TIMEOUT),
        resolved.need(SettingKeys.MIGRATIONS_ROLE));
  }

  private MigrationTool tool() {
    return new MigrationTool(
        resolved.need(SettingKeys.MIGRATIONS_TOOL),
        resolved.orNone(SettingKeys.MIGRATIONS_COMMAND),
        resolved.need(SettingKeys.MIGRATIONS_COMMAND_TIMEOUT),
        resolved.get(SettingKeys.MIGRATIONS_HISTORY_TABLE),
        resolved.need(SettingKeys.MIGRATIONS_FILE_FORMAT));
  }

  private @Nullable CheckpointSettings checkpoint() {
    String version = resolved.get(SettingKeys.MIGRATIONS_CHECKPOINT_VERSION);
    return version == null
        ? null
        : new CheckpointSettings(
            version,
            resolved.get(SettingKeys.MIGRATIONS_CHECKPOINT_DUMP),
            resolved.get(SettingKeys.MIGRATIONS_CHECKPOINT_TEMPLATE_SCHEMA));
  }

  /** The last one of a name counts. */
  private Map<String, String> placeholders() {
    Map<String, String> values = new HashMap<>();
    resolved
        .orNone(SettingKeys.MIGRATIONS_PLACEHOLDERS)
        .forEach(entry -> values.put(entry.getKey(), entry.getValue()));
    return values;
  }
}
