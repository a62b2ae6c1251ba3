package dev.tenantgate.config;

import java.nio.file.Path;
import java.util.List;

/**
 * The value that a source has for one key, not yet understood. Immutable.
 *
 * @param elements the texts of a sequence, or the one text
 * @param sequence whether the source wrote a sequence
 * @param origin where it stands
 * @param folder what relative paths in it are relative to
 */
record RawValue(List<String> elements, boolean sequence, Origin origin, Path folder) {

  RawValue {
    elements = List.copyOf(elements);
  }

  static RawValue text(String text, Origin origin, Path folder) {
    return new RawValue(List.of(text), false, origin, folder);
  }

  /** The one text. */
  String text() throws InvalidValueException {
    if (sequence) {
      throw new InvalidValueException("must be one value, was a list");
    }
    return elements.get(0);
  }

  /** Shows no value: it may be a secret. */
  @Override
  public String toString() {
    return "RawValue[" + origin + "]";
  }
}
