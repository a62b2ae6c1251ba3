package dev.tenantgate.config;

import java.util.Optional;

/**
 * How a tenant's name and its schema's name make each other: {@code tenant_{tenant}}.
 *
 * @param prefix what stands before the tenant's name; may be empty
 * @param suffix what stands behind it; may be empty
 */
public record SchemaPattern(String prefix, String suffix) {

  private static final String PLACEHOLDER = "{tenant}";

  /**
   * Reads a pattern as settings have it.
   *
   * @throws IllegalArgumentException unless {@code {tenant}} stands in it exactly once
   */
  public static SchemaPattern parse(String pattern) {
    int at = pattern.indexOf(PLACEHOLDER);
    if (at < 0 || pattern.indexOf(PLACEHOLDER, at + 1) >= 0) {
      throw new IllegalArgumentException(
          "must contain " + PLACEHOLDER + " exactly once, was \"" + pattern + "\"");
    }
    return new SchemaPattern(
        pattern.substring(0, at), pattern.substring(at + PLACEHOLDER.length()));
  }

  /** The schema of a tenant. */
  public String schemaOf(String tenant) {
    return prefix + tenant + suffix;
  }

  /** The tenant whose schema this is; empty if the name doesn't fit the pattern. */
  public Optional<String> tenantOf(String schema) {
    boolean fits =
        schema.length() > prefix.length() + suffix.length()
            && schema.startsWith(prefix)
            && schema.endsWith(suffix);
    return fits
        ? Optional.of(schema.substring(prefix.length(), schema.length() - suffix.length()))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return prefix + PLACEHOLDER + suffix;
  }
}
