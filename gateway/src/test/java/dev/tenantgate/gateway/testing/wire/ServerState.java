package dev.tenantgate.gateway.testing.wire;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The state of one backend's session, as far as the gateway asks for it. */
final class ServerState {

  private final ServerTraits traits;
  private final Map<String, String> values = new HashMap<>();
  private final Set<String> set = new LinkedHashSet<>();
  private final List<String> left = new ArrayList<>();
  private int gatewayStatements;

  ServerState(ServerTraits traits) {
    this.traits = traits;
  }

  String setting(String name) {
    return values.getOrDefault(name, traits.defaults().getOrDefault(name, "null"));
  }

  /** A parameter is set; what the server reports of it. */
  List<String> set(String name, String value) {
    boolean changes = !value.equals(setting(name));
    values.put(name, value);
    set.add(name);
    return report(name, changes);
  }

  /** It has its default again; what the server reports of it. */
  List<String> reset(String name) {
    boolean changes = !Objects.equals(setting(name), traits.defaults().get(name));
    values.remove(name);
    set.remove(name);
    return report(name, changes);
  }

  /** Clears what a RESET ALL, a DEALLOCATE ALL or a DISCARD ALL does. */
  void clear(String command) {
    if (!command.startsWith("DEALLOCATE")) {
      values.clear();
      set.clear();
    }
    if (!command.startsWith("RESET")) {
      gatewayStatements = 0;
    }
    if (command.startsWith("DISCARD")) {
      left.clear();
    }
  }

  private List<String> report(String name, boolean changes) {
    return changes && traits.reported().contains(name)
        ? List.of("S " + name + "=" + setting(name))
        : List.of();
  }

  boolean isSet(String name) {
    return set.contains(name);
  }

  Set<String> set() {
    return set;
  }

  /** State that can't be carried, in the words of the gateway's question. */
  List<String> left() {
    return left;
  }

  int gatewayStatements() {
    return gatewayStatements;
  }

  void gatewayStatements(int number) {
    gatewayStatements = number;
  }

  Map<String, String> routines() {
    return traits.routines();
  }

  boolean refusesSetting() {
    return traits.refusesSetting();
  }

  String catalogWrites() {
    return traits.catalogWrites();
  }
}
