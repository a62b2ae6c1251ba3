package dev.tenantgate.gateway.backend;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The defaults that a session keeps from its login to its end, whatever becomes of them later, and
 * those that may become such ones. Names are in lower case. Immutable.
 *
 * @param ofRole values that come from ALTER ROLE or ALTER DATABASE, of parameters that the user may
 *     set
 * @param ofServer values of other such parameters that aren't built in
 * @param builtIn what parameters of the one kind would be without any setting, as far as the server
 *     says it
 */
public record InheritedSettings(
    Map<String, String> ofRole, Map<String, String> ofServer, Map<String, String> builtIn) {

  /** There are none, or the server doesn't say. */
  public static final InheritedSettings NONE = new InheritedSettings(Map.of(), Map.of(), Map.of());

  public InheritedSettings {
    ofRole = Map.copyOf(ofRole);
    ofServer = Map.copyOf(ofServer);
    builtIn = Map.copyOf(builtIn);
  }

  /** The settings here of a session that began with other defaults. */
  Map<String, String> keeping(InheritedSettings began) {
    Map<String, String> kept = new TreeMap<>();
    began.ofRole.forEach(
        (name, value) -> {
          if (!value.equals(ofRole.get(name))) {
            kept.put(name, value);
          }
        });
    ofRole.forEach(
        (name, value) -> {
          if (!began.ofRole.containsKey(name)) {
            String before = began.valueOfServer(name);
            kept.put(name, before == null ? builtIn.getOrDefault(name, "") : before);
          }
        });
    return kept;
  }

  private @Nullable String valueOfServer(String name) {
    return ofServer.get(name);
  }
}
