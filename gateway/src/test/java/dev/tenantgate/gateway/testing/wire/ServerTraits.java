package dev.tenantgate.gateway.testing.wire;

import dev.tenantgate.gateway.routines.RoutinesSql;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The traits that all sessions at a server share. Confined to a test's thread. */
final class ServerTraits {

  private final Map<String, String> defaults = new LinkedHashMap<>();
  private final Set<String> reported = new LinkedHashSet<>();
  private final Map<String, String> routines = new LinkedHashMap<>();
  private int catalogWrites = 1;
  private int refusals;

  ServerTraits() {
    report("server_version", "17.0");
    report("client_encoding", "UTF8");
    report("standard_conforming_strings", "on");
    report("DateStyle", "ISO, MDY");
    report("application_name", "");
    defaults.put("search_path", "\"$user\", public");
    defaults.put("role", "none");
    defaults.put("session_authorization", "app");
  }

  /** A parameter of which the server tells. */
  void report(String name, String value) {
    defaults.put(name, value);
    reported.add(name);
  }

  Map<String, String> defaults() {
    return defaults;
  }

  Set<String> reported() {
    return reported;
  }

  /** The kinds of routines, and of what they set, by name. */
  Map<String, String> routines() {
    return routines;
  }

  /** The routines that can't be shown harmless. */
  List<String> unproven() {
    return routines.entrySet().stream()
        .filter(routine -> routine.getValue().equals(RoutinesSql.Kind.UNPROVEN.name()))
        .map(Map.Entry::getKey)
        .toList();
  }

  String catalogWrites() {
    return String.valueOf(catalogWrites);
  }

  /** So many settings that the gateway puts back are refused. */
  void refuseSettings(int times) {
    refusals = times;
  }

  boolean refusesSetting() {
    return refusals > 0 && refusals-- > 0;
  }

  /** Somebody defines something. */
  void define() {
    catalogWrites++;
  }
}
