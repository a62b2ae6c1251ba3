package dev.tenantgate.config;

import java.util.Set;

/** The TLS modes of connections to the server, in libpq's words. */
final class SslMode {

  private static final Set<String> MODES =
      Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

  /** How settings have them. */
  static final ValueType<String> TYPE =
      ValueTypes.parsed(
          "disable, allow, prefer, require, verify-ca, verify-full",
          (text, folder) -> {
            if (!MODES.contains(text)) {
              throw InvalidValueException.of(
                  "must be one of disable, allow, prefer, require, verify-ca, verify-full", text);
            }
            return text;
          });

  private SslMode() {}
}
