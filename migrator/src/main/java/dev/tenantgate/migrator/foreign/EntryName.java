package dev.tenantgate.migrator.foreign;

import dev.tenantgate.migrator.changelog.Migration;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of an entry of another tool's history, in a form that compares with migrations: {@code
 * 003_add_user_avatar.sql} is the number 3 and the name {@code add_user_avatar}. Immutable.
 *
 * @param number the parts of its number, {@code 1.2} being two, without zeros at the end; empty if
 *     it has none
 * @param name in small letters, all else than letters and digits being one {@code _}; null if it
 *     has none
 */
record EntryName(List<BigInteger> number, @Nullable String name) {

  private static final Pattern EXTENSION =
      Pattern.compile("(\\.up)?\\.(sql|[cm]?[jt]s|py|rb|go|xml|ya?ml|json)$");

  /** A number, with dots or not, and the name behind it, if there is one. */
  private static final Pattern NUMBERED =
      Pattern.compile("[vV]?([0-9]+(?:\\.[0-9]+)*)(?:[_\\-.\\s]+(.*))?");

  /** A migration's version, of one part or several. */
  private static final Pattern NUMBER = Pattern.compile("[0-9]+(?:\\.[0-9]+)*");

  EntryName {
    number = List.copyOf(number);
  }

  static EntryName of(AppliedMigration entry) {
    EntryName byVersion = ofText(entry.version());
    EntryName byName = ofText(entry.name());
    if (byVersion.number.isEmpty() && byVersion.name == null) {
      return byName;
    }
    if (entry.name() == null) {
      return byVersion;
    }
    String name = normal(EXTENSION.matcher(entry.name()).replaceFirst(""));
    // TypeORM's classes end with the version.
    String version = String.valueOf(entry.version());
    if (name.endsWith(version) && name.length() > version.length()) {
      name = trimmed(name.substring(0, name.length() - version.length()));
    }
    return new EntryName(byVersion.number, name.isEmpty() ? null : name);
  }

  private static EntryName ofText(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return new EntryName(List.of(), null);
    }
    String stem = EXTENSION.matcher(text.strip()).replaceFirst("");
    Matcher numbered = NUMBERED.matcher(stem);
    if (!numbered.matches()) {
      return new EntryName(List.of(), normal(stem));
    }
    String rest = numbered.group(2);
    return new EntryName(
        parts(numbered.group(1)), rest == null || rest.isBlank() ? null : normal(rest));
  }

  private static List<BigInteger> parts(String number) {
    List<BigInteger> parts = new ArrayList<>();
    for (String part : number.split("[._]", -1)) {
      parts.add(new BigInteger(part));
    }
    while (parts.size() > 1 && parts.get(parts.size() - 1).signum() == 0) {
      parts.remove(parts.size() - 1);
    }
    return parts;
  }

  /** Words of small letters and digits with one _ between them, also where capitals part them. */
  private static String normal(String name) {
    String words = name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    return trimmed(words.replaceAll("[^\\p{L}\\p{N}]+", "_"));
  }

  private static String trimmed(String words) {
    return words.replaceAll("^_+|_+$", "");
  }

  boolean isNumber() {
    return !number.isEmpty() && name == null;
  }

  /** Whether a migration has this number. */
  boolean hasNumberOf(Migration migration) {
    return !number.isEmpty() && number.equals(numberOf(migration));
  }

  /** Whether a migration has this name. */
  boolean hasNameOf(Migration migration) {
    return name != null && name.equals(normal(migration.name()));
  }

  /** Whether this number is that of a migration, or a later one. */
  boolean isNotBelow(Migration migration) {
    List<BigInteger> other = numberOf(migration);
    if (other.isEmpty()) {
      return false;
    }
    for (int i = 0; i < Math.max(number.size(), other.size()); i++) {
      int compared = at(number, i).compareTo(at(other, i));
      if (compared != 0) {
        return compared > 0;
      }
    }
    return true;
  }

  private static BigInteger at(List<BigInteger> parts, int index) {
    return index < parts.size() ? parts.get(index) : BigInteger.ZERO;
  }

  /** Of a repeatable migration there is none. */
  private static List<BigInteger> numberOf(Migration migration) {
    String version = migration.version().toString();
    return NUMBER.matcher(version).matches() ? parts(version) : List.of();
  }
}
