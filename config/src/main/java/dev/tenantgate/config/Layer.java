package dev.tenantgate.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The content of one source: raw values by name ({@code …-file} names among them), and what is
 * wrong with the source itself. Confined to the reading of it.
 */
final class Layer {

  private final Map<String, RawValue> values = new LinkedHashMap<>();
  private final List<SettingsError> errors = new ArrayList<>();
  private boolean unreadable;

  /** Notes a value; the name has to be a known one. */
  void put(String name, RawValue value) {
    values.put(name, value);
  }

  /** Notes an error of one key. */
  void reject(String key, Origin origin, String message) {
    errors.add(new SettingsError(key, origin.toString(), message));
  }

  /** Notes a name that no key has, with the nearest that one has. */
  void rejectUnknown(String name, Origin origin, String nearest) {
    reject(name, origin, "unknown key; did you mean " + nearest + "?");
  }

  /** Notes an error of no key. */
  void reject(String where, String message) {
    errors.add(new SettingsError(null, where, message));
  }

  /** Notes that the source can't be read at all. */
  void fail(String where, String message) {
    unreadable = true;
    errors.add(new SettingsError(null, where, message));
  }

  Map<String, RawValue> values() {
    return values;
  }

  List<SettingsError> errors() {
    return errors;
  }

  /** Whether nothing follows from what this source lacks. */
  boolean unreadable() {
    return unreadable;
  }
}
