package dev.tenantgate.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Every key with the value that won, or with an error; {@link SettingsRecords} makes the settings
 * of them. Confined to the reading.
 */
final class ResolvedSettings {

  private record Resolved(@Nullable Object value, Origin origin) {}

  private final List<Layer> layers;
  private final Path defaultsFolder;
  private final Map<SettingKey<?>, Resolved> values = new HashMap<>();
  private final List<SettingsError> errors = new ArrayList<>();

  /** The keys behind names that people gave, in their order. */
  private final List<SettingKey<?>> named = new ArrayList<>();

  /**
   * Decides every key.
   *
   * @param layers the sources, the strongest first
   * @param defaultsFolder what relative paths of defaults are relative to
   */
  ResolvedSettings(List<Layer> layers, Path defaultsFolder) {
    this.layers = layers;
    this.defaultsFolder = defaultsFolder;
    layers.forEach(layer -> errors.addAll(layer.errors()));
    for (SettingKey<?> key : SettingKeys.ALL) {
      values.put(key, resolve(key));
    }
    resolveNamed();
    takePartsOfUrl();
  }

  /**
   * Puts defaults where there is no value, or one that was rejected beside others; a database that
   * isn't there where none is given.
   */
  void fillWithDefaults() {
    Set<String> rejected =
        errors.stream().map(error -> String.valueOf(error.key())).collect(Collectors.toSet());
    values.replaceAll(
        (key, resolved) ->
            resolved.value() == null || rejected.contains(key.name()) ? byDefault(key) : resolved);
  }

  private Resolved byDefault(SettingKey<?> key) {
    String text =
        key.equals(DatabaseKeys.URL) ? "postgresql://nobody@localhost" : key.defaultText();
    if (text == null) {
      return new Resolved(null, new Origin.Default());
    }
    try {
      return new Resolved(
          key.type().parse(RawValue.text(text, new Origin.Default(), defaultsFolder)),
          new Origin.Default());
    } catch (InvalidValueException e) {
      throw new IllegalStateException(key.name() + " has a default that is wrong", e);
    }
  }

  private <T> Resolved resolve(SettingKey<T> key) {
    RawValue raw = rawValue(key);
    if (raw == null && key.defaultText() != null) {
      raw = RawValue.text(key.defaultText(), new Origin.Default(), defaultsFolder);
    }
    if (raw == null) {
      return new Resolved(null, new Origin.Default());
    }
    try {
      T value = key.type().parse(raw);
      InvalidValueException objection = key.type().objection(value);
      if (objection != null) {
        throw objection;
      }
      return new Resolved(value, raw.origin());
    } catch (InvalidValueException e) {
      reject(key, raw.origin(), e.describe(key.secret()));
      return new Resolved(null, raw.origin());
    }
  }

  /** The file's come first: the others are mostly a few. */
  private void resolveNamed() {
    Set<String> names = new LinkedHashSet<>();
    for (int i = layers.size() - 1; i >= 0; i--) {
      names.addAll(layers.get(i).values().keySet());
    }
    for (String name : names) {
      SettingKey<?> key = NamedKeys.find(name);
      if (key != null) {
        named.add(key);
        values.put(key, resolve(key));
      }
    }
  }

  /** The values of the keys behind names. */
  Map<String, Object> named() {
    Map<String, Object> found = new LinkedHashMap<>();
    for (SettingKey<?> key : named) {
      Object value = get(key);
      if (value != null) {
        found.put(key.name(), value);
      }
    }
    return found;
  }

  private @Nullable RawValue rawValue(SettingKey<?> key) {
    for (Layer layer : layers) {
      RawValue direct = layer.values().get(key.name());
      RawValue file = key.fromFile() ? layer.values().get(key.fileName()) : null;
      if (direct != null && file != null) {
        reject(key, file.origin(), "give this or " + key.fileName() + ", not both");
        return direct;
      }
      if (file != null) {
        try {
          return SecretFile.read(file);
        } catch (InvalidValueException e) {
          errors.add(
              new SettingsError(key.fileName(), file.origin().toString(), e.describe(false)));
          return null;
        }
      }
      if (direct != null) {
        return direct;
      }
    }
    return null;
  }

  /** Takes the URL's parts, but for those that a key of an equal or a stronger source has. */
  private void takePartsOfUrl() {
    DatabaseUrl url = get(DatabaseKeys.URL);
    if (url == null) {
      return;
    }
    take(DatabaseKeys.PASSWORD, url.password());
    take(DatabaseKeys.SSL_MODE, url.sslMode());
    take(DatabaseKeys.CA, url.ca());
    take(DatabaseKeys.CONNECT_TIMEOUT, url.connectTimeout());
  }

  private <T> void take(SettingKey<T> key, @Nullable T part) {
    Origin url = origin(DatabaseKeys.URL);
    if (part != null && url.rank().compareTo(origin(key).rank()) > 0) {
      values.put(key, new Resolved(part, new Origin.PartOfUrl(url)));
    }
  }

  /** Notes an error where there is no database to connect to. */
  void requireDatabase() {
    boolean given = !(origin(DatabaseKeys.URL) instanceof Origin.Default);
    boolean tried = errors.stream().anyMatch(e -> isDatabaseUrl(e.key()));
    boolean unreadable = layers.stream().anyMatch(Layer::unreadable);
    if (!given && !tried && !unreadable) {
      errors.add(
          new SettingsError(
              DatabaseKeys.URL.name(),
              null,
              "must be given, in the settings file, as "
                  + SettingKey.variableOf(DatabaseKeys.URL.name())
                  + " or with --database-url: postgresql://user@host:5432/database"));
    }
  }

  private static boolean isDatabaseUrl(@Nullable String key) {
    return DatabaseKeys.URL.name().equals(key) || DatabaseKeys.URL.fileName().equals(key);
  }

  /** Notes values that can be by themselves, and not together. */
  void checkTogether() {
    new TogetherCheck(this).check();
  }

  void throwIfAnyError() throws SettingsException {
    if (!errors.isEmpty()) {
      throw new SettingsException(errors);
    }
  }

  void reject(SettingKey<?> key, Origin origin, String message) {
    errors.add(new SettingsError(key.name(), origin.toString(), message));
  }

  private Resolved resolved(SettingKey<?> key) {
    Resolved resolved = values.get(key);
    if (resolved == null) {
      throw new IllegalStateException(key.name() + " isn't among all keys");
    }
    return resolved;
  }

  Origin origin(SettingKey<?> key) {
    return resolved(key).origin();
  }

  @SuppressWarnings("unchecked") // the key's own type made the value
  <T> @Nullable T get(SettingKey<T> key) {
    return (T) resolved(key).value();
  }

  <T> T need(SettingKey<T> key) {
    T value = get(key);
    if (value == null) {
      throw new IllegalStateException(key.name() + " has no value and no error");
    }
    return value;
  }

  <T> List<T> orNone(SettingKey<List<T>> key) {
    List<T> values = get(key);
    return values == null ? List.of() : values;
  }

  /** The given parts that have no effect. */
  List<String> warnings() {
    DatabaseUrl url = get(DatabaseKeys.URL);
    return url == null ? List.of() : url.warnings(origin(DatabaseKeys.URL));
  }

  /** Every key as it may be shown. */
  List<EffectiveSetting> effective() {
    List<EffectiveSetting> effective = new ArrayList<>();
    for (SettingKey<?> key : SettingKeys.ALL) {
      List<SettingKey<?>> behind =
          NamedKeys.areBelow(key)
              ? named.stream().filter(each -> each.name().startsWith(key.name() + ".")).toList()
              : List.of();
      (behind.isEmpty() ? List.of(key) : behind).forEach(each -> effective.add(effective(each)));
    }
    return effective;
  }

  private EffectiveSetting effective(SettingKey<?> key) {
    return new EffectiveSetting(key.name(), shown(key), origin(key));
  }

  private <T> @Nullable String shown(SettingKey<T> key) {
    T value = get(key);
    if (value == null) {
      return null;
    }
    if (value instanceof DatabaseUrl url) {
      // Without its password, which has a key of its own.
      return url.toString();
    }
    return key.secret() ? EffectiveSetting.MASK : key.type().print(value);
  }
}
