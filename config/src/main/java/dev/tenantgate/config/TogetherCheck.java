package dev.tenantgate.config;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds values that can be by themselves, and not together. Confined to one reading. */
final class TogetherCheck {

  /** Names that our own history may have: such a name needs no quotes, and is found in SQL. */
  private static final Pattern OWN_TABLE = Pattern.compile("[a-z_][a-z0-9_]{0,39}");

  private final ResolvedSettings settings;

  TogetherCheck(ResolvedSettings settings) {
    this.settings = settings;
  }

  /** Looks. */
  void check() {
    NetworkAddress listen = settings.get(SettingKeys.LISTEN_ADDRESS);
    NetworkAddress admin = settings.get(AdminKeys.ADDRESS);
    if (listen != null && listen.equals(admin) && listen.port() != 0) {
      settings.reject(
          AdminKeys.ADDRESS,
          settings.origin(AdminKeys.ADDRESS),
          "must differ from listen.address, was " + admin);
    }
    checkTls(
        SettingKeys.LISTEN_TLS_MODE,
        SettingKeys.LISTEN_TLS_CERTIFICATE,
        SettingKeys.LISTEN_TLS_KEY);
    checkTls(AdminKeys.TLS_MODE, AdminKeys.TLS_CERTIFICATE, AdminKeys.TLS_KEY);
    checkAdmin(listen, admin);
    checkAuthentication(listen);
    ConsoleKeys.check(settings);
    checkTool();
    checkCheckpoint();
  }

  private void checkCheckpoint() {
    boolean version = settings.get(SettingKeys.MIGRATIONS_CHECKPOINT_VERSION) != null;
    boolean dump = settings.get(SettingKeys.MIGRATIONS_CHECKPOINT_DUMP) != null;
    boolean template = settings.get(SettingKeys.MIGRATIONS_CHECKPOINT_TEMPLATE_SCHEMA) != null;
    if (!version && !dump && !template) {
      return;
    }
    SettingKey<?> given =
        version
            ? SettingKeys.MIGRATIONS_CHECKPOINT_VERSION
            : dump
                ? SettingKeys.MIGRATIONS_CHECKPOINT_DUMP
                : SettingKeys.MIGRATIONS_CHECKPOINT_TEMPLATE_SCHEMA;
    String fault = null;
    if (settings.get(SettingKeys.MIGRATIONS_TOOL) == MigrationTool.Kind.EXTERNAL) {
      fault = "is for this migrator: another tool makes its schemas itself (migrations.tool)";
    } else if (!version) {
      fault = "needs migrations.checkpoint.version: the version whose state it is";
    } else if (dump == template) {
      fault =
          "needs one of migrations.checkpoint.dump (a file) and"
              + " migrations.checkpoint.template-schema (a schema that is copied)"
              + (dump ? "; both are given" : "");
    }
    if (fault != null) {
      settings.reject(given, settings.origin(given), fault);
    }
  }

  private void checkTool() {
    boolean external = settings.get(SettingKeys.MIGRATIONS_TOOL) == MigrationTool.Kind.EXTERNAL;
    boolean names = !settings.orNone(SettingKeys.GATE_REQUIRED_NAMES).isEmpty();
    boolean tag = settings.get(SettingKeys.GATE_REQUIRED_TAG) != null;
    RequiredVersion version = settings.get(SettingKeys.GATE_REQUIRED);
    if (!external) {
      onlyForExternal(SettingKeys.GATE_REQUIRED_NAMES, names);
      onlyForExternal(SettingKeys.GATE_REQUIRED_TAG, tag);
      onlyForExternal(
          SettingKeys.MIGRATIONS_COMMAND,
          !settings.orNone(SettingKeys.MIGRATIONS_COMMAND).isEmpty());
      String table = settings.get(SettingKeys.MIGRATIONS_HISTORY_TABLE);
      if (table != null && !OWN_TABLE.matcher(table).matches()) {
        settings.reject(
            SettingKeys.MIGRATIONS_HISTORY_TABLE,
            settings.origin(SettingKeys.MIGRATIONS_HISTORY_TABLE),
            "must be a table's name of small letters, digits and _, at most 40, as long as"
                + " migrations.tool is tenantgate; was \"%s\"".formatted(table));
      }
    }
    boolean given = version != null && !(version instanceof RequiredVersion.Latest);
    if ((given ? 1 : 0) + (names ? 1 : 0) + (tag ? 1 : 0) > 1) {
      SettingKey<?> second = tag ? SettingKeys.GATE_REQUIRED_TAG : SettingKeys.GATE_REQUIRED_NAMES;
      settings.reject(
          second,
          settings.origin(second),
          "give one of gate.required, gate.required-names and gate.required-tag");
    }
  }

  private void onlyForExternal(SettingKey<?> key, boolean given) {
    if (given) {
      settings.reject(
          key,
          settings.origin(key),
          "is for another tool's migrations: set migrations.tool to external");
    }
  }

  private void checkTls(
      SettingKey<ListenTls.Mode> modeKey,
      SettingKey<Path> certificateKey,
      SettingKey<Path> keyKey) {
    boolean wanted = settings.get(modeKey) != ListenTls.Mode.DISABLE;
    boolean certificate = settings.get(certificateKey) != null;
    boolean key = settings.get(keyKey) != null;
    Origin mode = settings.origin(modeKey);
    if (wanted && !(certificate && key)) {
      settings.reject(
          modeKey,
          mode,
          "allow and require need %s and %s".formatted(certificateKey.name(), keyKey.name()));
    } else if ((certificate || key) && mode instanceof Origin.Default) {
      settings.reject(
          modeKey,
          mode,
          "must be given where %s or %s is: allow, require, or disable to leave them alone"
              .formatted(certificateKey.name(), keyKey.name()));
    }
  }

  private void checkAdmin(@Nullable NetworkAddress listen, @Nullable NetworkAddress admin) {
    NetworkAddress status = settings.get(AdminKeys.STATUS_ADDRESS);
    if (status != null && status.equals(listen) && status.port() != 0) {
      settings.reject(
          AdminKeys.STATUS_ADDRESS,
          settings.origin(AdminKeys.STATUS_ADDRESS),
          "must differ from listen.address, was " + status);
    }
    if (admin != null
        && !admin.isLoopback()
        && !admin.equals(listen)
        && settings.get(AdminKeys.TLS_MODE) != ListenTls.Mode.REQUIRE
        && settings.get(AdminKeys.TOKEN_FILE) == null
        && !Boolean.TRUE.equals(settings.get(AdminKeys.INSECURE))) {
      settings.reject(
          AdminKeys.ADDRESS,
          settings.origin(AdminKeys.ADDRESS),
          ("whoever reaches %s may start migrations: give admin.token-file, or admin.tls.mode"
                  + " require, or listen on 127.0.0.1 and give probes and metrics"
                  + " admin.status-address, or set admin.insecure to true")
              .formatted(admin));
    }
  }

  private void checkAuthentication(@Nullable NetworkAddress listen) {
    AuthSettings.Method method = settings.get(SettingKeys.AUTH_METHOD);
    if (method == AuthSettings.Method.PASS_THROUGH
        && settings.get(PoolKeys.MODE) == PoolSettings.Mode.TRANSACTION) {
      settings.reject(
          PoolKeys.MODE,
          settings.origin(PoolKeys.MODE),
          "transaction needs auth.method scram-sha-256 or trust: with pass-through the server"
              + " authenticates each client on a connection of its own, which can't be lent to"
              + " another");
    }
    if (method == AuthSettings.Method.TRUST
        && settings.get(SettingKeys.AUTH_TRUST_BEYOND_LOOPBACK) == PassOrReject.REJECT
        && listen != null
        && !listen.isLoopback()) {
      settings.reject(
          SettingKeys.AUTH_METHOD,
          settings.origin(SettingKeys.AUTH_METHOD),
          ("trust lets in whoever reaches listen.address, as any user, and that is %s; listen on"
                  + " 127.0.0.1 or [::1], or set auth.trust-beyond-loopback to pass")
              .formatted(listen));
    }
    if (settings.get(SettingKeys.AUTH_UNIX_SOCKET_METHOD) == AuthSettings.UnixSocketMethod.PEER
        && settings.get(SettingKeys.LISTEN_UNIX_SOCKET) == null) {
      settings.reject(
          SettingKeys.AUTH_UNIX_SOCKET_METHOD,
          settings.origin(SettingKeys.AUTH_UNIX_SOCKET_METHOD),
          "peer is for the clients of listen.unix-socket: give that a directory");
    }
    if (method == AuthSettings.Method.SCRAM_SHA_256
        && settings.get(SettingKeys.AUTH_USER_LIST) == null
        && settings.get(SettingKeys.AUTH_QUERY) == null) {
      settings.reject(
          SettingKeys.AUTH_METHOD,
          settings.origin(SettingKeys.AUTH_METHOD),
          "scram-sha-256 needs auth.user-list or auth.query");
    }
  }
}
