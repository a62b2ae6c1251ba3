package dev.tenantgate.migrator.changelog;

/**
 * A migration that another one builds on.
 *
 * @param version its version
 * @param name its name, as the list has it; empty where that gives the number alone
 * @param line the line of the list that it stands in, from 1
 */
public record Dependency(Version version, String name, int line) {

  /** As a list writes it: {@code 001_create_platform_schema}. */
  @Override
  public String toString() {
    return name.isEmpty() ? version.toString() : version + " (" + name + ")";
  }
}
