package dev.tenantgate.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads the environment. A variable that is set to nothing counts as not set: that is how Compose
 * and shells pass on what they lack.
 */
final class EnvironmentLayer {

  /** The launcher's own variables. */
  private static final Set<String> LAUNCHER =
      Set.of(
          "TENANTGATE_HOME",
          "TENANTGATE_JAVA_OPTS",
          "TENANTGATE_CLASSPATH",
          "TENANTGATE_MEMORY",
          "TENANTGATE_CONFIG");

  /** The variables of a command that migrates one tenant; it may well be one of ours. */
  private static final Set<String> COMMAND =
      Set.of(
          "TENANTGATE_TENANT",
          "TENANTGATE_SCHEMA",
          "TENANTGATE_REQUIRED",
          "TENANTGATE_REQUIREMENT",
          "TENANTGATE_URL",
          "TENANTGATE_JDBC_URL");

  /** The variables of every pod beside a Service called tenantgate, or tenantgate-something. */
  private static final Pattern SERVICE_LINK =
      Pattern.compile(
          "TENANTGATE_(\\w+_)?"
              + "(SERVICE_HOST|SERVICE_PORT(_\\w+)?|PORT|PORT_[0-9]+_(TCP|UDP|SCTP)(_\\w+)?)");

  private static final String DSN = "DSN";

  /** Names that applications in the field already set, and the keys they are for. */
  private static final List<Legacy> LEGACY =
      List.of(
          new Legacy(DSN, DatabaseKeys.URL, ""),
          new Legacy("CA", DatabaseKeys.CA, ""),
          new Legacy("DB_MAX_CONNS", DatabaseKeys.MAX_CONNECTIONS, ""),
          new Legacy("DB_TIMEOUT", DatabaseKeys.CONNECT_TIMEOUT, "s"),
          new Legacy("DB_MIGRATION_VERSION", SettingKeys.GATE_REQUIRED, ""));

  private static final Pattern DIGITS = Pattern.compile("[0-9]+");

  private record Legacy(String variable, SettingKey<?> key, String unit) {}

  private EnvironmentLayer() {}

  /** Reads the variables; whatever is wrong with them stands in the layer. */
  static Layer read(Map<String, String> environment, Path workingFolder) {
    Layer layer = new Layer();
    Map<String, String> names = namesByVariable();
    // In the order of their names, so that two runs say the same.
    new TreeMap<>(environment)
        .forEach(
            (variable, value) -> {
              if (!variable.startsWith(SettingKey.ENVIRONMENT_PREFIX)
                  || LAUNCHER.contains(variable)
                  || COMMAND.contains(variable)
                  || isServiceLink(variable)) {
                return;
              }
              String name = names.get(variable);
              Origin origin = new Origin.Environment(variable);
              if (name == null) {
                layer.reject(origin.toString(), unknown(variable, names));
              } else if (!value.isEmpty() && NamedKeys.areBelow(name)) {
                YamlLayer.readNames(layer, name, value, origin, workingFolder);
              } else if (!value.isEmpty()) {
                layer.put(name, RawValue.text(value, origin, workingFolder));
              }
            });
    readLegacy(environment, workingFolder, layer);
    return layer;
  }

  /** A variable has no place for a name as people write it: it takes all names at once. */
  private static String unknown(String variable, Map<String, String> names) {
    for (Map.Entry<String, String> known : names.entrySet()) {
      if (variable.startsWith(known.getKey() + "_") && NamedKeys.areBelow(known.getValue())) {
        return "unknown variable; give all names in one: %s='{app: {%s: …}}'"
            .formatted(
                known.getKey(),
                NamedKeys.of(Objects.requireNonNull(SettingKeys.BY_NAME.get(known.getValue())))
                    .keys()
                    .get(0)
                    .name());
      }
    }
    return "unknown variable; did you mean " + NearestName.of(variable, names.keySet()) + "?";
  }

  /** Whether the database is the one of {@code DSN}. */
  static boolean takesDsn(Layer layer) {
    RawValue url = layer.values().get(DatabaseKeys.URL.name());
    return url != null && url.origin().equals(new Origin.Environment(DSN));
  }

  /** Whether a value is one of a variable that applications have for their own drivers. */
  static boolean isOfTheField(Origin origin) {
    return origin.equals(new Origin.Environment(DSN))
        || origin.equals(new Origin.Environment(ClientVariables.URL));
  }

  /** Whether Kubernetes made this variable. */
  static boolean isServiceLink(String variable) {
    return SERVICE_LINK.matcher(variable).matches();
  }

  private static void readLegacy(Map<String, String> environment, Path folder, Layer layer) {
    for (Legacy legacy : LEGACY) {
      String value = environment.get(legacy.variable());
      SettingKey<?> key = legacy.key();
      if (value == null
          || value.isEmpty()
          || layer.values().containsKey(key.name())
          || layer.values().containsKey(key.fileName())) {
        continue;
      }
      Origin origin = new Origin.Environment(legacy.variable());
      if (legacy.unit().equals("s") && !DIGITS.matcher(value).matches()) {
        layer.reject(key.name(), origin, "must be whole seconds, was \"" + value + "\"");
      } else {
        layer.put(key.name(), RawValue.text(value + legacy.unit(), origin, folder));
      }
    }
  }

  private static Map<String, String> namesByVariable() {
    return SettingKeys.BY_NAME.keySet().stream()
        .collect(
            Collectors.toMap(
                SettingKey::variableOf, name -> name, (a, b) -> a, LinkedHashMap::new));
  }
}
