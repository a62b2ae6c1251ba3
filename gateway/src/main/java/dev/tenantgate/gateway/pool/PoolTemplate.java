package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.state.SessionSettings;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a fresh connection of a pool is like, as a real one has said: so a client can be told its
 * parameters without a backend of its own. Event-loop confined.
 */
public final class PoolTemplate {

  private static final int MOST_GREETINGS = 256;

  private final Map<String, String> parameters;
  private final String searchPath;
  private final String role;
  private final Map<String, String> defaults = new HashMap<>();

  /** What the server reported to clients that began with settings of their own. */
  private final Map<SessionSettings, Map<String, String>> greetings =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(
            Map.Entry<SessionSettings, Map<String, String>> eldest) {
          return size() > MOST_GREETINGS;
        }
      };

  PoolTemplate(PoolKey key, Map<String, String> parameters, String searchPath, String role) {
    this.parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    this.searchPath = searchPath;
    parameters.forEach((name, value) -> defaults.put(name.toLowerCase(Locale.ROOT), value));
    defaults.put("search_path", searchPath);
    this.role = role;
    defaults.put("role", role);
    defaults.put("session_authorization", key.user());
  }

  /** What ParameterStatus messages say, in the server's order and spelling. */
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

  boolean isOf(Map<String, String> others) {
    return parameters.equals(others);
  }

  /** What the server reported beyond that to a client with such settings; null if none came yet. */
  public @Nullable Map<String, String> greeting(SessionSettings settings) {
    return settings.isEmpty() ? Map.of() : greetings.get(settings);
  }

  public void greeted(SessionSettings settings, Map<String, String> reported) {
    greetings.put(settings, Collections.unmodifiableMap(new LinkedHashMap<>(reported)));
  }
}
