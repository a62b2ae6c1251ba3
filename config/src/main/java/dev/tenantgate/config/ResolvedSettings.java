package dev.tenantgate.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Every key with the value that won, or with what is wrong with it; makes the settings of them.
 * Confined to the reading.
 */
final class ResolvedSettings {

  private record Resolved(@Nullable Object value, Origin origin) {}

  private final List<Layer> layers;
  private final Path defaultsFolder;
  private final Map<SettingKey<?>, Resolved> values = new HashMap<>();
  private final List<SettingsError> errors = new ArrayList<>();

  /**
   * Decides every key.
   *
   * @param layers the sources, the strongest first
   * @param defaultsFolder what relative paths of defaults are relative to
   */
  ResolvedSettings(List<Layer> layers, Path defaultsFolder) {
    this.layers = layers;
    this.defaultsFolder = defaultsFolder;
    layers.forEach(layer -> errors.addAll(layer.errors()));
    for (SettingKey<?> key : SettingKeys.ALL) {
      values.put(key, resolve(key));
    }
    takePartsOfUrl();
  }

  /**
   * Puts defaults where there is no value, or one that was rejected beside others; a database that
   * isn't there where none is given.
   */
  void fillWithDefaults() {
    Set<String> rejected =
        errors.stream().map(error -> String.valueOf(error.key())).collect(Collectors.toSet());
    values.replaceAll(
        (key, resolved) ->
            resolved.value() == null || rejected.contains(key.name()) ? byDefault(key) : resolved);
  }

  private Resolved byDefault(SettingKey<?> key) {
    String text =
        key.equals(SettingKeys.DATABASE_URL) ? "postgresql://nobody@localhost" : key.defaultText();
    if (text == null) {
      return new Resolved(null, new Origin.Default());
    }
    try {
      return new Resolved(
          key.type().parse(RawValue.text(text, new Origin.Default(), defaultsFolder)),
          new Origin.Default());
    } catch (InvalidValueException e) {
      throw new IllegalStateException(key.name() + " has a default that is wrong", e);
    }
  }

  private <T> Resolved resolve(SettingKey<T> key) {
    RawValue raw = rawValue(key);
    if (raw == null && key.defaultText() != null) {
      raw = RawValue.text(key.defaultText(), new Origin.Default(), defaultsFolder);
    }
    if (raw == null) {
      return new Resolved(null, new Origin.Default());
    }
    try {
      T value = key.type().parse(raw);
      InvalidValueException objection = key.type().objection(value);
      if (objection != null) {
        throw objection;
      }
      return new Resolved(value, raw.origin());
    } catch (InvalidValueException e) {
      reject(key, raw.origin(), e.describe(key.secret()));
      return new Resolved(null, raw.origin());
    }
  }

  private @Nullable RawValue rawValue(SettingKey<?> key) {
    for (Layer layer : layers) {
      RawValue direct = layer.values().get(key.name());
      RawValue file = key.fromFile() ? layer.values().get(key.fileName()) : null;
      if (direct != null && file != null) {
        reject(key, file.origin(), "give this or " + key.fileName() + ", not both");
        return direct;
      }
      if (file != null) {
        try {
          return SecretFile.read(file);
        } catch (InvalidValueException e) {
          errors.add(
              new SettingsError(key.fileName(), file.origin().toString(), e.describe(false)));
          return null;
        }
      }
      if (direct != null) {
        return direct;
      }
    }
    return null;
  }

  /** Takes the URL's parts, but for those that a key of an equal or a stronger source has. */
  private void takePartsOfUrl() {
    DatabaseUrl url = get(SettingKeys.DATABASE_URL);
    if (url == null) {
      return;
    }
    take(SettingKeys.DATABASE_PASSWORD, url.password());
    take(SettingKeys.DATABASE_SSL_MODE, url.sslMode());
    take(SettingKeys.DATABASE_CA, url.ca());
    take(SettingKeys.DATABASE_CONNECT_TIMEOUT, url.connectTimeout());
  }

  private <T> void take(SettingKey<T> key, @Nullable T part) {
    Origin url = origin(SettingKeys.DATABASE_URL);
    if (part != null && url.rank().compareTo(origin(key).rank()) > 0) {
      values.put(key, new Resolved(part, new Origin.PartOfUrl(url)));
    }
  }

  /** Notes an error where there is no database to connect to. */
  void requireDatabase() {
    boolean given = !(origin(SettingKeys.DATABASE_URL) instanceof Origin.Default);
    boolean tried = errors.stream().anyMatch(e -> isDatabaseUrl(e.key()));
    boolean unreadable = layers.stream().anyMatch(Layer::unreadable);
    if (!given && !tried && !unreadable) {
      errors.add(
          new SettingsError(
              SettingKeys.DATABASE_URL.name(),
              null,
              "must be given, in the settings file, as "
                  + SettingKey.variableOf(SettingKeys.DATABASE_URL.name())
                  + " or with --database-url: postgresql://user@host:5432/database"));
    }
  }

  private static boolean isDatabaseUrl(@Nullable String key) {
    return SettingKeys.DATABASE_URL.name().equals(key)
        || SettingKeys.DATABASE_URL.fileName().equals(key);
  }

  /** Notes values that can be by themselves, and not together. */
  void checkTogether() {
    new TogetherCheck(this).check();
  }

  void throwIfAnyError() throws SettingsException {
    if (!errors.isEmpty()) {
      throw new SettingsException(errors);
    }
  }

  void reject(SettingKey<?> key, Origin origin, String message) {
    errors.add(new SettingsError(key.name(), origin.toString(), message));
  }

  private Resolved resolved(SettingKey<?> key) {
    Resolved resolved = values.get(key);
    if (resolved == null) {
      throw new IllegalStateException(key.name() + " isn't among all keys");
    }
    return resolved;
  }

  Origin origin(SettingKey<?> key) {
    return resolved(key).origin();
  }

  @SuppressWarnings("unchecked") // the key's own type made the value
  <T> @Nullable T get(SettingKey<T> key) {
    return (T) resolved(key).value();
  }

  <T> T need(SettingKey<T> key) {
    T value = get(key);
    if (value == null) {
      throw new IllegalStateException(key.name() + " has no value and no error");
    }
    return value;
  }

  <T> List<T> orNone(SettingKey<List<T>> key) {
    List<T> values = get(key);
    return values == null ? List.of() : values;
  }

  /** The given parts that have no effect. */
  List<String> warnings() {
    DatabaseUrl url = get(SettingKeys.DATABASE_URL);
    return url == null ? List.of() : url.warnings(origin(SettingKeys.DATABASE_URL));
  }

  /** Every key as it may be shown. */
  List<EffectiveSetting> effective() {
    List<EffectiveSetting> effective = new ArrayList<>();
    for (SettingKey<?> key : SettingKeys.ALL) {
      effective.add(new EffectiveSetting(key.name(), shown(key), origin(key)));
    }
    return effective;
  }

  private <T> @Nullable String shown(SettingKey<T> key) {
    T value = get(key);
    if (value == null) {
      return null;
    }
    if (value instanceof DatabaseUrl url) {
      // Without its password, which has a key of its own.
      return url.toString();
    }
    return key.secret() ? EffectiveSetting.MASK : key.type().print(value);
  }

  /** The settings; only without errors, and with a database. */
  Settings settings() {
    return new Settings(
        new ListenSettings(
            need(SettingKeys.LISTEN_ADDRESS),
            need(SettingKeys.LISTEN_TRANSPORT),
            need(SettingKeys.LISTEN_THREADS),
            need(SettingKeys.LISTEN_MAX_CONNECTIONS),
            need(SettingKeys.LISTEN_LOGIN_TIMEOUT),
            need(SettingKeys.LISTEN_DRAIN_TIMEOUT),
            new ListenTls(
                need(SettingKeys.LISTEN_TLS_MODE),
                get(SettingKeys.LISTEN_TLS_CERTIFICATE),
                get(SettingKeys.LISTEN_TLS_KEY)),
            new UnixSocketSettings(
                get(SettingKeys.LISTEN_UNIX_SOCKET), need(SettingKeys.LISTEN_UNIX_SOCKET_MODE))),
        new AdminSettings(need(SettingKeys.ADMIN_ADDRESS), orNone(SettingKeys.ADMIN_HOSTS)),
        limits(),
        database(),
        tenants(),
        gate(),
        migrations(),
        pool(),
        new AuthSettings(
            need(SettingKeys.AUTH_METHOD),
            get(SettingKeys.AUTH_USER_LIST),
            get(SettingKeys.AUTH_QUERY),
            get(SettingKeys.AUTH_SALT_SECRET),
            need(SettingKeys.AUTH_TRUST_BEYOND_LOOPBACK),
            need(SettingKeys.AUTH_UNIX_SOCKET_METHOD),
            orNone(SettingKeys.AUTH_PEER_MAP)),
        ObservationKeys.metrics(this),
        ObservationKeys.log(this));
  }

  private LimitSettings limits() {
    return new LimitSettings(
        need(SettingKeys.LIMITS_LOGINS),
        need(SettingKeys.LIMITS_LOGINS_PER_ADDRESS),
        need(SettingKeys.LIMITS_CLIENT_MEBIBYTES),
        need(SettingKeys.LIMITS_OUTBOUND_MEBIBYTES),
        need(SettingKeys.LIMITS_KEPT_MEBIBYTES),
        need(SettingKeys.LIMITS_KEPT_MEBIBYTES_PER_SESSION));
  }

  private DatabaseSettings database() {
    DatabaseUrl url = need(SettingKeys.DATABASE_URL);
    return new DatabaseSettings(
        url.host(),
        url.port(),
        url.database(),
        url.user(),
        get(SettingKeys.DATABASE_PASSWORD),
        need(SettingKeys.DATABASE_SSL_MODE),
        get(SettingKeys.DATABASE_CA),
        need(SettingKeys.DATABASE_OTHERS),
        need(SettingKeys.DATABASE_REPLICATION),
        need(SettingKeys.DATABASE_MAX_CONNECTIONS),
        need(SettingKeys.DATABASE_CONNECT_TIMEOUT));
  }

  /** The settings of tenants; only without errors. */
  TenantSettings tenants() {
    return new TenantSettings(
        need(SettingKeys.TENANTS_SCHEMA),
        need(SettingKeys.TENANTS_SEARCH_PATH),
        need(SettingKeys.TENANTS_UNKNOWN),
        need(SettingKeys.TENANTS_UNTENANTED),
        need(SettingKeys.TENANTS_SWITCHING),
        orNone(SettingKeys.TENANTS_GRANTS));
  }

  /** The version that every schema needs, by whichever key it is given. */
  RequiredVersion required() {
    String tag = get(SettingKeys.GATE_REQUIRED_TAG);
    List<String> names = orNone(SettingKeys.GATE_REQUIRED_NAMES);
    if (tag != null) {
      return new RequiredVersion.Tag(tag);
    }
    return names.isEmpty() ? need(SettingKeys.GATE_REQUIRED) : new RequiredVersion.Names(names);
  }

  private GateSettings gate() {
    return new GateSettings(
        need(SettingKeys.GATE_POLICY),
        required(),
        need(SettingKeys.GATE_AHEAD),
        need(SettingKeys.GATE_QUALIFIED),
        need(SettingKeys.GATE_HOLD_TIMEOUT),
        need(SettingKeys.GATE_MAX_HELD),
        need(SettingKeys.GATE_MAX_HELD_PER_TENANT),
        need(SettingKeys.GATE_RECHECK_INTERVAL),
        need(SettingKeys.GATE_RELEASE_RATE),
        need(SettingKeys.GATE_LEASE_TIMEOUT),
        need(SettingKeys.GATE_MAX_WITHHELD_MEGABYTES));
  }

  private PoolSettings pool() {
    return new PoolSettings(
        need(SettingKeys.POOL_MODE),
        need(SettingKeys.POOL_SIZE),
        need(SettingKeys.POOL_SIZE_PER_TENANT),
        need(SettingKeys.POOL_MAX_BACKENDS),
        need(SettingKeys.POOL_MIN_IDLE),
        need(SettingKeys.POOL_WAIT_TIMEOUT),
        need(SettingKeys.POOL_MAX_WAITING),
        need(SettingKeys.POOL_IDLE_TIMEOUT),
        need(SettingKeys.POOL_MAX_LIFETIME),
        need(SettingKeys.POOL_MAX_PREPARED),
        need(SettingKeys.POOL_UNPOOLABLE),
        need(SettingKeys.POOL_READ_BACK),
        need(SettingKeys.POOL_IDLE_TRANSACTION_TIMEOUT));
  }

  /** The settings of migrations; only without errors. */
  MigrationSettings migrations() {
    return new MigrationSettings(
        need(SettingKeys.MIGRATIONS_LOCATIONS),
        need(SettingKeys.MIGRATIONS_DEFAULT_SCOPE),
        need(SettingKeys.MIGRATIONS_TRIGGER),
        need(SettingKeys.MIGRATIONS_WORKERS),
        need(SettingKeys.MIGRATIONS_LOCK_TIMEOUT),
        need(SettingKeys.MIGRATIONS_STATEMENT_TIMEOUT),
        need(SettingKeys.MIGRATIONS_LEASE_TIMEOUT),
        get(SettingKeys.MIGRATIONS_ENVIRONMENT),
        new ExecutionSettings(
            need(SettingKeys.MIGRATIONS_STRATEGY),
            need(SettingKeys.MIGRATIONS_CONCURRENT_WORKERS),
            need(SettingKeys.MIGRATIONS_CONCURRENT_LOCK_TIMEOUT),
            need(SettingKeys.MIGRATIONS_CONCURRENT_STATEMENT_TIMEOUT),
            need(SettingKeys.MIGRATIONS_ROLE)),
        new RolloutSettings(
            need(SettingKeys.MIGRATIONS_STOP_AFTER),
            need(SettingKeys.MIGRATIONS_CANARY),
            need(SettingKeys.MIGRATIONS_WAVE),
            need(SettingKeys.MIGRATIONS_WAVE_PAUSE),
            need(SettingKeys.MIGRATIONS_AFTER_WAVE)),
        orNone(SettingKeys.MIGRATIONS_SEED_DATA),
        new LintSettings(
            need(SettingKeys.MIGRATIONS_LINT), orNone(SettingKeys.MIGRATIONS_LINT_IGNORE)),
        new BackupSettings(
            get(SettingKeys.MIGRATIONS_BACKUP_DIRECTORY),
            need(SettingKeys.MIGRATIONS_BACKUP_FORMAT),
            need(SettingKeys.MIGRATIONS_BACKUP_PROGRAM)),
        new DrainSettings(
            need(SettingKeys.MIGRATIONS_DRAIN_TIMEOUT),
            need(SettingKeys.MIGRATIONS_AFTER_DRAIN_TIMEOUT)),
        need(SettingKeys.MIGRATIONS_UNMANAGED),
        new MigrationTool(
            need(SettingKeys.MIGRATIONS_TOOL),
            orNone(SettingKeys.MIGRATIONS_COMMAND),
            need(SettingKeys.MIGRATIONS_COMMAND_TIMEOUT),
            get(SettingKeys.MIGRATIONS_HISTORY_TABLE),
            need(SettingKeys.MIGRATIONS_FILE_FORMAT)),
        new SqlSettings(
            need(SettingKeys.MIGRATIONS_REPLACE_PLACEHOLDERS),
            placeholders(),
            get(SettingKeys.MIGRATIONS_DUMP_SCHEMA),
            need(SettingKeys.MIGRATIONS_SEARCH_PATH)),
        checkpoint());
  }

  private @Nullable CheckpointSettings checkpoint() {
    String version = get(SettingKeys.MIGRATIONS_CHECKPOINT_VERSION);
    return version == null
        ? null
        : new CheckpointSettings(
            version,
            get(SettingKeys.MIGRATIONS_CHECKPOINT_DUMP),
            get(SettingKeys.MIGRATIONS_CHECKPOINT_TEMPLATE_SCHEMA));
  }

  /** The last one of a name counts. */
  private Map<String, String> placeholders() {
    Map<String, String> values = new HashMap<>();
    orNone(SettingKeys.MIGRATIONS_PLACEHOLDERS)
        .forEach(entry -> values.put(entry.getKey(), entry.getValue()));
    return values;
  }
}
