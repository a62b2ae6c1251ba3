package dev.tenantgate.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The types of values that settings have. */
final class ValueTypes {

  /** PostgreSQL keeps its timeouts as 32-bit milliseconds: 24 days and some hours. */
  static final Duration LONGEST = Duration.ofDays(24);

  /** Bytes of an identifier, as PostgreSQL is built. */
  private static final int IDENTIFIER_BYTES = 63;

  private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]+");

  /** A version of several parts. */
  private static final Pattern PLACEHOLDER = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]*");

  private static final Pattern DOTTED = Pattern.compile("[0-9]+([._][0-9]+)+");

  private ValueTypes() {}

  /** Reads one text. */
  @FunctionalInterface
  interface TextParser<T> {
    T parse(String text, Path folder) throws InvalidValueException;
  }

  /** Finds what is impossible about a value. */
  @FunctionalInterface
  interface Limit<T> {
    @Nullable InvalidValueException objection(T value);
  }

  private record Scalar<T>(
      String describe, TextParser<T> parser, Function<T, String> printer, Limit<T> limit)
      implements ValueType<T> {
    @Override
    public T parse(RawValue raw) throws InvalidValueException {
      String text = raw.text();
      if (text.isBlank()) {
        throw new InvalidValueException("must not be empty");
      }
      return parser.parse(text, raw.folder());
    }

    @Override
    public String print(T value) {
      return printer.apply(value);
    }

    @Override
    public @Nullable InvalidValueException objection(T value) {
      return limit.objection(value);
    }
  }

  /** A type without limits beyond what its parser refuses. */
  static <T> ValueType<T> parsed(String describe, TextParser<T> parser) {
    return new Scalar<>(describe, parser, Object::toString, value -> null);
  }

  /** Text that isn't blank. */
  static ValueType<String> text() {
    return parsed("text", (text, folder) -> text);
  }

  /** Whether or not, as YAML and people write it. */
  static ValueType<Boolean> truth() {
    return parsed(
        "true or false",
        (text, folder) ->
            switch (text.strip().toLowerCase(Locale.ROOT)) {
              case "true", "yes", "on" -> true;
              case "false", "no", "off" -> false;
              default -> throw InvalidValueException.of("must be true or false", text);
            });
  }

  /** A whole number within limits, both included. */
  static ValueType<Integer> wholeNumber(int least, int most) {
    String values = "whole number from " + least + " to " + most;
    String range = "must be a " + values;
    return new Scalar<>(
        values,
        (text, folder) -> {
          if (!INTEGER.matcher(text).matches()) {
            throw InvalidValueException.of(range, text);
          }
          try {
            return Integer.valueOf(text);
          } catch (NumberFormatException e) {
            throw new InvalidValueException(range, text);
          }
        },
        Object::toString,
        value ->
            value < least || value > most
                ? new InvalidValueException(range, value.toString())
                : null);
  }

  /** A duration longer than none. */
  static ValueType<Duration> durationAboveZero() {
    return duration(
        "duration above 0s",
        value ->
            value.isZero() || value.isNegative()
                ? new InvalidValueException("must be longer than 0 s", DurationText.describe(value))
                : null);
  }

  /** A duration no shorter than the one given. */
  static ValueType<Duration> durationFrom(Duration least) {
    return duration(
        "duration from " + DurationText.format(least) + " on",
        value ->
            value.compareTo(least) < 0
                ? new InvalidValueException(
                    "must be at least " + DurationText.describe(least),
                    DurationText.describe(value))
                : null);
  }

  private static ValueType<Duration> duration(String describe, Limit<Duration> least) {
    return new Scalar<>(
        describe,
        (text, folder) -> DurationText.parse(text),
        DurationText::format,
        value ->
            value.compareTo(LONGEST) > 0
                ? new InvalidValueException(
                    "must be at most " + DurationText.describe(LONGEST),
                    DurationText.describe(value))
                : least.objection(value));
  }

  /** One of a closed set of words, written as {@code on-demand}. */
  static <E extends Enum<E>> ValueType<E> word(Class<E> type) {
    E[] constants = type.getEnumConstants();
    String words =
        Arrays.stream(constants).map(ValueTypes::wordOf).collect(Collectors.joining(", "));
    return new Scalar<>(
        words,
        (text, folder) -> {
          String wanted = text.strip().replace('_', '-');
          for (E constant : constants) {
            if (wordOf(constant).equals(wanted)) {
              return constant;
            }
          }
          throw InvalidValueException.of("must be one of " + words, text);
        },
        ValueTypes::wordOf,
        value -> null);
  }

  /** How a constant is written in settings: {@code ON_DEMAND} is {@code on-demand}. */
  static String wordOf(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A host and a port to listen on. */
  static ValueType<NetworkAddress> address() {
    return parsed(
        "host:port",
        (text, folder) -> {
          try {
            return NetworkAddress.parse(text);
          } catch (IllegalArgumentException e) {
            throw InvalidValueException.of(String.valueOf(e.getMessage()), text);
          }
        });
  }

  /** A path, made absolute against the folder of what names it. */
  static ValueType<Path> path() {
    return parsed("path", ValueTypes::toPath);
  }

  private static Path toPath(String text, Path folder) throws InvalidValueException {
    try {
      return folder.resolve(text.strip()).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw InvalidValueException.of("must be a path", text.replace("\0", "\\0"));
    }
  }

  /** At least one path; a single text is split at commas. */
  static ValueType<List<Path>> paths() {
    return new PathList();
  }

  private record PathList() implements ValueType<List<Path>> {
    @Override
    public String describe() {
      return "list of folders";
    }

    @Override
    public List<Path> parse(RawValue raw) throws InvalidValueException {
      List<String> elements = raw.sequence() ? raw.elements() : List.of(raw.text().split(",", -1));
      List<Path> paths = new ArrayList<>();
      for (String element : elements) {
        if (element.isBlank()) {
          throw new InvalidValueException("must not have an empty element");
        }
        paths.add(toPath(element, raw.folder()));
      }
      return List.copyOf(paths);
    }

    @Override
    public String print(List<Path> value) {
      return value.stream().map(Path::toString).collect(Collectors.joining(", ", "[", "]"));
    }

    @Override
    public @Nullable InvalidValueException objection(List<Path> value) {
      return value.isEmpty() ? new InvalidValueException("must name at least one folder") : null;
    }
  }

  /** A number of things, a share of them, or a word for more than there ever are. */
  static ValueType<Portion> portionOr(String unlimited) {
    return new Scalar<>(
        unlimited + ", a number, or a share (5%)",
        (text, folder) -> {
          try {
            return text.strip().equals(unlimited) ? Portion.UNLIMITED : Portion.parse(text);
          } catch (IllegalArgumentException e) {
            throw InvalidValueException.of(
                "must be %s, a number from 1 on or a share such as 5%%".formatted(unlimited), text);
          }
        },
        portion -> portion.equals(Portion.UNLIMITED) ? unlimited : portion.toString(),
        portion -> null);
  }

  /** {@code latest}, or a version's number. */
  static ValueType<RequiredVersion> requiredVersion() {
    return parsed(
        "latest, or a version",
        (text, folder) -> {
          if (text.equals("latest")) {
            return new RequiredVersion.Latest();
          }
          try {
            if (INTEGER.matcher(text).matches()) {
              return new RequiredVersion.UpTo(Long.parseLong(text));
            }
            if (DOTTED.matcher(text).matches()) {
              return new RequiredVersion.Dotted(text.replace('_', '.'));
            }
          } catch (IllegalArgumentException e) {
            // Zero, negative or too large: the same remedy as for what is no number.
          }
          throw InvalidValueException.of("must be latest or a version, a number from 1 on", text);
        });
  }

  /** Names with their values: {@code [region=eu, app_role=app]}. */
  static ValueType<List<Map.Entry<String, String>>> placeholders() {
    return new ListType<>(
        "list of name=value",
        text -> {
          int equals = text.indexOf('=');
          String name = equals < 0 ? "" : text.substring(0, equals).strip();
          if (!PLACEHOLDER.matcher(name).matches()) {
            throw InvalidValueException.of("must be name=value (app_role=app)", text);
          }
          String value = text.substring(equals + 1).strip();
          if (value.chars().anyMatch(c -> c == '\n' || c == '\r' || c == 0)) {
            throw new InvalidValueException("the value of " + name + " must be one line");
          }
          return Map.entry(name, value);
        });
  }

  /** Schemas' names, one of which is {@code tenant} for the one that is migrated. */
  static ValueType<List<String>> migrationSearchPath() {
    ListType<String> names = new ListType<>("list of schemas, tenant first", text -> text);
    return new ValueType<>() {
      @Override
      public String describe() {
        return names.describe();
      }

      @Override
      public List<String> parse(RawValue raw) throws InvalidValueException {
        List<String> path = names.parse(raw);
        if (!path.get(0).equals(SqlSettings.TENANT)
            || path.stream().distinct().count() < path.size()) {
          throw InvalidValueException.of(
              "must begin with tenant, the schema that is migrated, and name each schema once"
                  + " ([tenant, public])",
              String.join(", ", path));
        }
        return path;
      }

      @Override
      public String print(List<String> value) {
        return names.print(value);
      }

      @Override
      public @Nullable InvalidValueException objection(List<String> value) {
        return null;
      }
    };
  }

  /** {@code refuse}, {@code baseline:V} or {@code migrate}. */
  static ValueType<UnmanagedPolicy> unmanagedPolicy() {
    return parsed(
        "refuse, migrate, or baseline:V",
        (text, folder) -> {
          try {
            return UnmanagedPolicy.parse(text);
          } catch (IllegalArgumentException e) {
            throw InvalidValueException.of(
                "must be refuse, migrate, or baseline: and a version (baseline:7)", text);
          }
        });
  }

  /** A schema's name with the tenant's in it. */
  static ValueType<SchemaPattern> schemaPattern() {
    return new Scalar<>(
        "name of a schema with {tenant} in it",
        (text, folder) -> {
          try {
            return SchemaPattern.parse(text);
          } catch (IllegalArgumentException e) {
            throw new InvalidValueException(String.valueOf(e.getMessage()));
          }
        },
        SchemaPattern::toString,
        ValueTypes::patternObjection);
  }

  private static @Nullable InvalidValueException patternObjection(SchemaPattern pattern) {
    String fixed = pattern.prefix() + pattern.suffix();
    if (fixed.getBytes(StandardCharsets.UTF_8).length >= IDENTIFIER_BYTES) {
      return new InvalidValueException(
          "must leave room for a tenant's name in the 63 bytes of a schema's name");
    }
    if (pattern.prefix().startsWith("pg_")) {
      return new InvalidValueException("must not begin with pg_, which PostgreSQL keeps to itself");
    }
    if (fixed.chars().anyMatch(Character::isISOControl)) {
      return new InvalidValueException("must not have control characters in it");
    }
    return null;
  }

  /** A {@code search_path} with {@code {schema}} in it once. */
  static ValueType<String> searchPath() {
    String placeholder = "{schema}";
    return new Scalar<>(
        "search_path with {schema} in it",
        (text, folder) -> text,
        text -> text,
        text ->
            text.indexOf(placeholder) < 0
                    || text.indexOf(placeholder) != text.lastIndexOf(placeholder)
                ? InvalidValueException.of("must contain " + placeholder + " exactly once", text)
                : null);
  }

  /** A host's name as a header has it, without a port. */
  static String hostName(String text) throws InvalidValueException {
    if (!text.matches("[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?")) {
      throw new InvalidValueException("must be a host's name without scheme and port");
    }
    return text.toLowerCase(Locale.ROOT);
  }
}
