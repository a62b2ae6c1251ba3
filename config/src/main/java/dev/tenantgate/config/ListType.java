package dev.tenantgate.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A list of values, which may be empty; a single text is split at commas. Immutable.
 *
 * @param describe the values that it takes, for the reference
 * @param element reads one of them
 * @param <T> the elements' type
 */
record ListType<T>(String describe, ElementParser<T> element) implements ValueType<List<T>> {

  /** Reads one element. */
  @FunctionalInterface
  interface ElementParser<T> {
    T parse(String text) throws InvalidValueException;
  }

  @Override
  public List<T> parse(RawValue raw) throws InvalidValueException {
    List<String> texts = raw.sequence() ? raw.elements() : List.of(raw.text().split(",", -1));
    List<T> values = new ArrayList<>();
    for (String text : texts) {
      if (text.isBlank()) {
        throw new InvalidValueException("must not have an empty element");
      }
      values.add(element.parse(text.strip()));
    }
    return List.copyOf(values);
  }

  @Override
  public String print(List<T> value) {
    return value.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
  }

  @Override
  public @Nullable InvalidValueException objection(List<T> value) {
    return null;
  }
}
