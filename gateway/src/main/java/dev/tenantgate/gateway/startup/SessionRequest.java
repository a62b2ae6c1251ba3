package dev.tenantgate.gateway.startup;

import dev.tenantgate.gateway.protocol.ProtocolVersion;
import dev.tenantgate.gateway.tracing.TraceContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The content of a StartupMessage, without the parameters that are meant for the gateway.
 *
 * @param version the protocol version asked for
 * @param user the user; never empty
 * @param database the database; the user's name where none was given
 * @param pathUser whose name {@code "$user"} in a search path stands for: the {@code role} given,
 *     else the user
 * @param replication the value of {@code replication}; null for an ordinary session
 * @param tenant {@code tenantgate.tenant}; null if not given
 * @param minVersion {@code tenantgate.min_version}; null if not given
 * @param maxVersion {@code tenantgate.max_version}; null if not given
 * @param trace {@code tenantgate.traceparent} and {@code tenantgate.tracestate}; null if none that
 *     is valid is given
 * @param searchPath the {@code search_path} in force of those given; null if none was
 * @param others all other parameters, in their order, {@code options} without the settings above
 */
public record SessionRequest(
    ProtocolVersion version,
    String user,
    String database,
    String pathUser,
    @Nullable String replication,
    @Nullable String tenant,
    @Nullable String minVersion,
    @Nullable String maxVersion,
    @Nullable TraceContext trace,
    @Nullable String searchPath,
    Map<String, String> others) {

  private static final String OWN_PREFIX = "tenantgate.";
  private static final String PROTOCOL_PREFIX = "_pq_.";
  private static final int NEWEST_MINOR = 2;

  /**
   * Reads a StartupMessage. Parameters of its own win over the same settings inside {@code
   * options}, as in PostgreSQL, which sets them later.
   *
   * @throws InvalidStartupParameter if the user is missing or a setting for the gateway makes no
   *     sense
   */
  public static SessionRequest of(StartupMessage message) {
    return new Reader().read(message);
  }

  /** Whether it is a walsender that is to answer. */
  public boolean isReplication() {
    return replication != null;
  }

  /**
   * Whether the session belongs to a database. One of physical replication doesn't, whatever it
   * names: libpq has it name {@code replication}.
   */
  public boolean belongsToDatabase() {
    return replication == null || replication.equals("database");
  }

  /** Whether it names a tenant, or the versions that it needs. */
  public boolean asksForTenant() {
    return tenant != null || minVersion != null || maxVersion != null;
  }

  /** The StartupMessage for the backend; a null search path sends none. */
  public StartupMessage forBackend(@Nullable String backendSearchPath) {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("user", user);
    parameters.put("database", database);
    parameters.putAll(others);
    if (backendSearchPath != null) {
      parameters.put("search_path", backendSearchPath);
    }
    return new StartupMessage(version, parameters);
  }

  /**
   * The settings that the session is to begin with, by name in lower case, but for the {@code
   * search_path}; for a backend that has begun already.
   *
   * @throws InvalidStartupParameter if {@code options} has anything that isn't a setting
   */
  public Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    String options = others.get("options");
    if (options != null) {
      String rest =
          CommandLineOptions.takeSettings(
              options,
              (name, value) -> {
                settings.put(name, value);
                return true;
              });
      if (!rest.isEmpty()) {
        throw InvalidStartupParameter.unpoolableOption(rest);
      }
    }
    others.forEach(
        (name, value) -> {
          if (!name.equals("options") && !name.equals("replication") && !name.startsWith("_pq_.")) {
            settings.put(name.toLowerCase(Locale.ROOT), value);
          }
        });
    return settings;
  }

  /** The version that both sides speak: what was asked for, or the newest that is known here. */
  public ProtocolVersion spokenVersion() {
    return new ProtocolVersion(version.major(), Math.min(version.minor(), NEWEST_MINOR));
  }

  /** The protocol options that were asked for; none is known here. */
  public List<String> protocolOptions() {
    return others.keySet().stream().filter(name -> name.startsWith(PROTOCOL_PREFIX)).toList();
  }

  /** Whether everything that was asked of the protocol can be had. */
  public boolean isFullySupported() {
    return version.equals(spokenVersion()) && protocolOptions().isEmpty();
  }

  private static final class Reader {
    private final Map<String, String> own = new LinkedHashMap<>();
    private @Nullable String searchPath;
    private @Nullable String role;

    SessionRequest read(StartupMessage message) {
      Map<String, String> others = new LinkedHashMap<>(message.parameters());
      String user = others.remove("user");
      if (user == null || user.isEmpty()) {
        throw InvalidStartupParameter.noUser();
      }
      String database = others.remove("database");
      String replication = others.get("replication");
      String options = others.remove("options");
      if (options != null) {
        String rest = CommandLineOptions.takeSettings(options, this::take);
        if (!rest.isEmpty()) {
          others.put("options", rest);
        }
      }
      others.entrySet().removeIf(e -> take(e.getKey().toLowerCase(Locale.ROOT), e.getValue()));
      SessionRequest request =
          new SessionRequest(
              message.version(),
              user,
              database == null || database.isEmpty() ? user : database,
              role == null || role.equalsIgnoreCase("none") ? user : role,
              isOff(replication) ? null : replication,
              own.remove("tenant"),
              own.remove("min_version"),
              own.remove("max_version"),
              TraceContext.parse(own.remove("traceparent"), own.remove("tracestate")),
              searchPath,
              others.isEmpty() ? Map.of() : others);
      if (!own.isEmpty()) {
        throw InvalidStartupParameter.unknown(OWN_PREFIX + own.keySet().iterator().next());
      }
      return request;
    }

    private boolean take(String name, String value) {
      if (name.equals("search_path")) {
        searchPath = value;
        return true;
      }
      if (name.startsWith(OWN_PREFIX)) {
        own.put(name.substring(OWN_PREFIX.length()), value);
        return true;
      }
      if (name.equals("role")) {
        role = value;
      }
      return false;
    }

    /** Spellings of false as the backend takes them. */
    private static boolean isOff(@Nullable String replication) {
      return replication == null
          || switch (replication.toLowerCase(Locale.ROOT)) {
            case "false", "f", "fa", "fal", "fals", "no", "n", "off", "of", "0" -> true;
            default -> false;
          };
    }
  }
}
