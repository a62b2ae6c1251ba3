package dev.tenantgate.config;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A key below which people give names, each with keys of its own: {@code pool.per-user}. Its values
 * are those of the keys behind the names ({@code pool.per-user.app.size}); it has none itself. A
 * name may have dots in it, a key behind it has none. Immutable.
 *
 * @param keys behind each name
 */
record NamedKeys(List<SettingKey<?>> keys) implements ValueType<Void> {

  /** The name that stands for all that aren't named. */
  static final String OTHERS = "*";

  NamedKeys {
    keys = List.copyOf(keys);
  }

  /** The key of that whole name; null if there can be none. */
  static @Nullable SettingKey<?> find(String name) {
    SettingKey<?> family = familyOf(name);
    int dot = name.lastIndexOf('.');
    if (family == null || dot <= family.name().length() + 1) {
      return null;
    }
    String last = name.substring(dot + 1);
    for (SettingKey<?> key : of(family).keys) {
      if (key.name().equals(last)) {
        return key.named(name);
      }
    }
    return null;
  }

  /** The key below which that name stands; null if it stands below none of this kind. */
  static @Nullable SettingKey<?> familyOf(String name) {
    for (SettingKey<?> key : SettingKeys.ALL) {
      if (key.type() instanceof NamedKeys && name.startsWith(key.name() + ".")) {
        return key;
      }
    }
    return null;
  }

  /** Whether names stand below a key. */
  static boolean areBelow(SettingKey<?> key) {
    return key.type() instanceof NamedKeys;
  }

  /** Whether names stand below the key of that name. */
  static boolean areBelow(String name) {
    SettingKey<?> key = SettingKeys.BY_NAME.get(name);
    return key != null && areBelow(key);
  }

  static NamedKeys of(SettingKey<?> family) {
    return (NamedKeys) family.type();
  }

  /** All that there may be behind a name. */
  List<String> below(String familyAndName) {
    return keys.stream().map(key -> familyAndName + "." + key.name()).toList();
  }

  @Override
  public String describe() {
    return "names, each with any of "
        + keys.stream().map(SettingKey::name).collect(Collectors.joining(", "));
  }

  /** Never called: sources give the keys behind the names. */
  @Override
  public Void parse(RawValue raw) throws InvalidValueException {
    throw new InvalidValueException("must be names, each with keys of its own");
  }

  @Override
  public String print(Void value) {
    return "";
  }

  @Override
  public @Nullable InvalidValueException objection(Void value) {
    return null;
  }
}
