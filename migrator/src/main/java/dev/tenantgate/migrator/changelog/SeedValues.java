package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.SchemaRef;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The values in the request for a new tenant, by names that seed data may use: its name, its slug,
 * and whatever else was given. Immutable.
 *
 * @param given each value; none where the request says that there is none, which is SQL's NULL
 */
public record SeedValues(Map<String, Optional<String>> given) {

  /** Of a request that says nothing but the tenant's name. */
  public static final SeedValues NONE = new SeedValues(Map.of());

  /** How a value is called: words, parted by dots where one stands inside of another. */
  static final String NAME = "[A-Za-z_][A-Za-z0-9_]*(?:\\.[A-Za-z_][A-Za-z0-9_]*)*";

  private static final Pattern NAMES = Pattern.compile(NAME);

  /**
   * Checks names and values.
   *
   * @throws IllegalArgumentException if seed data can't name one, or the database can't store it
   */
  public SeedValues {
    given = Map.copyOf(given);
    given.forEach(SeedValues::check);
  }

  private static void check(String name, Optional<String> value) {
    if (!NAMES.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "\"%s\" can't be the name of a value: letters, digits and _, parted by dots"
              .formatted(name));
    }
    value.ifPresent(
        text -> {
          if (text.indexOf('\0') >= 0 || !isUnicode(text)) {
            throw new IllegalArgumentException(
                "%s: has a character that the database can't store".formatted(name));
          }
        });
  }

  private static boolean isUnicode(String text) {
    try {
      StandardCharsets.UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(text));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  /** The same with what follows from the tenant itself; its name is its own where none is given. */
  SeedValues of(SchemaRef schema) {
    Optional<String> tenant = Optional.ofNullable(schema.tenant());
    Map<String, Optional<String>> all = new LinkedHashMap<>(given);
    all.putIfAbsent("name", tenant);
    all.put("slug", tenant);
    all.put("tenant", tenant);
    all.put("schema", Optional.of(schema.schema()));
    return new SeedValues(all);
  }
}
