package dev.tenantgate.config;

import static dev.tenantgate.config.ValueTypes.address;
import static dev.tenantgate.config.ValueTypes.path;
import static dev.tenantgate.config.ValueTypes.truth;
import static dev.tenantgate.config.ValueTypes.word;

import java.nio.file.Path;
import java.util.List;

/** The keys of the admin port. */
final class AdminKeys {

  static final SettingKey<NetworkAddress> ADDRESS =
      SettingKey.of("admin.address", address(), "127.0.0.1:9640").fixed();

  static final SettingKey<NetworkAddress> STATUS_ADDRESS =
      SettingKey.optional("admin.status-address", address()).fixed();
  static final SettingKey<List<String>> HOSTS =
      SettingKey.optional(
          "admin.hosts", new ListType<>("list of host names", ValueTypes::hostName));
  static final SettingKey<ListenTls.Mode> TLS_MODE =
      SettingKey.of("admin.tls.mode", word(ListenTls.Mode.class), "disable");
  static final SettingKey<Path> TLS_CERTIFICATE =
      SettingKey.optional("admin.tls.certificate", path());
  static final SettingKey<Path> TLS_KEY = SettingKey.optional("admin.tls.key", path());
  static final SettingKey<Path> TOKEN_FILE = SettingKey.optional("admin.token-file", path());
  static final SettingKey<Boolean> INSECURE = SettingKey.of("admin.insecure", truth(), "false");

  private AdminKeys() {}

  static AdminSettings admin(ResolvedSettings from) {
    return new AdminSettings(
        from.need(ADDRESS),
        from.get(STATUS_ADDRESS),
        from.orNone(HOSTS),
        new AdminTls(from.need(TLS_MODE), from.get(TLS_CERTIFICATE), from.get(TLS_KEY)),
        from.get(TOKEN_FILE),
        from.need(INSECURE));
  }
}
