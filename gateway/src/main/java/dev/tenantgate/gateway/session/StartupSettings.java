package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.backend.ServerProfile;
import dev.tenantgate.gateway.settings.SessionSettings;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings that a client begins its session with, and what it is told of them. A server reports
 * some of them just as they are given: these need no question; clients that differ in no others
 * begin alike. Immutable.
 */
final class StartupSettings {

  private static final String SEARCH_PATH = "search_path";
  private static final String APPLICATION_NAME = "application_name";

  private final SessionSettings all;
  private final SessionSettings reportedOnes;

  private StartupSettings(SessionSettings all) {
    this.all = all;
    SessionSettings rest = all.with(SEARCH_PATH, null);
    this.reportedOnes =
        isPlain(all.get(APPLICATION_NAME)) ? rest.with(APPLICATION_NAME, null) : rest;
  }

  /** Of what the client asked for, on the path that its route has. */
  static StartupSettings of(Destination destination) {
    Map<String, String> values = new LinkedHashMap<>(destination.request().settings());
    String path = destination.route().searchPath();
    if (path != null) {
      values.put(SEARCH_PATH, path);
    }
    return new StartupSettings(SessionSettings.of(values));
  }

  /** The settings that a server may report with another value than the client's. */
  SessionSettings reportedOnes() {
    return reportedOnes;
  }

  /** The role that the session begins with, where a fresh connection has that one. */
  String role(String ofFresh) {
    String own = all.get("role");
    return own == null ? ofFresh : own;
  }

  /** The value of a parameter that the client is told. */
  String verbatim(String name, String reported) {
    if (name.equals(SEARCH_PATH) || (name.equals(APPLICATION_NAME) && isPlain(all.get(name)))) {
      String own = all.get(name);
      return own == null ? reported : own;
    }
    return reported;
  }

  /**
   * As the server writes them. Also those that a fresh connection has anyway: they are the client's
   * own, and stay should the server's defaults change.
   */
  SessionSettings canonical(ServerProfile template, Map<String, String> reported) {
    Map<String, String> byName = new HashMap<>();
    if (!reportedOnes.isEmpty()) {
      template.parameters().forEach((name, value) -> byName.put(lower(name), value));
      reported.forEach((name, value) -> byName.put(lower(name), value));
    }
    Map<String, String> values = new HashMap<>();
    all.asMap()
        .forEach(
            (name, given) -> {
              boolean own = reportedOnes.get(name) == null;
              values.put(name, own ? given : byName.getOrDefault(name, given));
            });
    return SessionSettings.of(values);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** Whether the server keeps a name as it is: it cuts long ones, and replaces what isn't ASCII. */
  private static boolean isPlain(@Nullable String name) {
    return name != null && name.length() < 64 && name.chars().allMatch(c -> c >= ' ' && c < 127);
  }
}
