package dev.tenantgate.config;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sources of settings; a later component wins over those before it. Immutable.
 *
 * @param file a YAML file, which has to exist; null where there is none
 * @param environment environment variables; those that are no setting of ours are left alone
 * @param commandLine values by key: {@code database.url}, {@code migrations.locations}
 */
public record SettingsSources(
    @Nullable Path file, Map<String, String> environment, Map<String, String> commandLine) {

  public SettingsSources {
    environment = Map.copyOf(environment);
    commandLine = Map.copyOf(commandLine);
  }

  /** Names and origins only: values may be secrets. */
  @Override
  public String toString() {
    return "SettingsSources[file=" + file + ", commandLine=" + commandLine.keySet() + "]";
  }
}
