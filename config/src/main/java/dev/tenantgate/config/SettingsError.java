package dev.tenantgate.config;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with the settings. Never holds a secret.
 *
 * @param key the setting's key, or the unknown key; null where the whole source is at fault, such
 *     as a file that is missing
 * @param where what leads a reader to the fault: {@code tenantgate.yaml:12}; null for a required
 *     key that nobody gave
 * @param message what would be right, and what was there instead
 */
public record SettingsError(@Nullable String key, @Nullable String where, String message) {

  /** Keeps an error one line, whatever a key or a value has in it. */
  public SettingsError {
    key = key == null ? null : printable(key);
    where = where == null ? null : printable(where);
    message = printable(message);
  }

  private static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  /** As people read it: {@code tenantgate.yaml:12: gate.hold-timeout: must be longer than 0 s}. */
  @Override
  public String toString() {
    return (where == null ? "" : where + ": ") + (key == null ? "" : key + ": ") + message;
  }
}
