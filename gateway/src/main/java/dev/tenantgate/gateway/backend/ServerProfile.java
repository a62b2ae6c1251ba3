package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.settings.SessionSettings;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parameters and defaults of a pool's fresh connection, as a real one has said. So a client can
 * be told its parameters without a backend of its own. Event-loop confined.
 */
public final class ServerProfile {

  private static final int MOST_REPORTS = 256;

  private final Map<String, String> parameters;
  private final String searchPath;
  private final String role;
  private final InheritedSettings inherited;
  private final Map<String, String> defaults = new HashMap<>();
  private List<byte[]> notices = List.of();

  /** The server's reports to clients that began with settings of their own. */
  private final Map<SessionSettings, Map<String, String>> startupReports =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(
            Map.Entry<SessionSettings, Map<String, String>> eldest) {
          return size() > MOST_REPORTS;
        }
      };

  public ServerProfile(
      PoolKey key,
      Map<String, String> parameters,
      String searchPath,
      String role,
      InheritedSettings inherited) {
    this.parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    this.searchPath = searchPath;
    this.inherited = inherited;
    defaults.putAll(inherited.ofRole());
    parameters.forEach((name, value) -> defaults.put(name.toLowerCase(Locale.ROOT), value));
    defaults.put("search_path", searchPath);
    this.role = role;
    defaults.put("role", role);
    defaults.put("session_authorization", key.user());
  }

  /** The reported parameters, in the server's order and spelling. */
  public Map<String, String> parameters() {
    return parameters;
  }

  /** The {@code search_path} that a role's or a database's settings, or the server's, give. */
  public String searchPath() {
    return searchPath;
  }

  /** The {@code role} that a role's or a database's settings give; {@code none} if they don't. */
  public String role() {
    return role;
  }

  /** Values by name in lower case, as far as they are known. */
  public Map<String, String> defaults() {
    return defaults;
  }

  /** Whether the server reports {@code search_path} by itself, as from PostgreSQL 18 on. */
  public boolean reportsSearchPath() {
    return parameters.containsKey("search_path");
  }

  /** The server's notices to a user who logs in, as whole NoticeResponses, of the last login. */
  public List<byte[]> notices() {
    return notices;
  }

  public void noticed(List<byte[]> said) {
    notices = List.copyOf(said);
  }

  /**
   * A client's settings on such a backend. The defaults of its role and its database stay those
   * that it began with, as they do on a connection of its own. All other defaults of the server are
   * in force for it as well.
   *
   * @param settings what it has set, and began with
   * @param began what a fresh connection was like when that was noted
   */
  public SessionSettings rebase(SessionSettings settings, ServerProfile began) {
    SessionSettings rebased = settings;
    for (Map.Entry<String, String> kept : inherited.keeping(began.inherited).entrySet()) {
      if (rebased.get(kept.getKey()) == null) {
        rebased = rebased.with(kept.getKey(), kept.getValue());
      }
    }
    return rebased;
  }

  public boolean isOf(Map<String, String> others) {
    return parameters.equals(others);
  }

  /** The server's reports to a client with such settings; null if none has come yet. */
  public @Nullable Map<String, String> startupReport(SessionSettings settings) {
    return settings.isEmpty() ? Map.of() : startupReports.get(settings);
  }

  public void reportedAtStartup(SessionSettings settings, Map<String, String> reported) {
    startupReports.put(settings, Collections.unmodifiableMap(new LinkedHashMap<>(reported)));
  }
}
