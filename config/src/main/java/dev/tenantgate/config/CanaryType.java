package dev.tenantgate.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code none}, a number of tenants, or their names separated by commas or as a sequence. A tenant
 * whose name is a number is told from a number by a sequence, or by a comma behind it. Stateless.
 */
record CanaryType() implements ValueType<Canary> {

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");
  private static final String REMEDY =
      "must be none, a number of tenants, or names of tenants separated by commas";

  @Override
  public Canary parse(RawValue raw) throws InvalidValueException {
    if (raw.sequence()) {
      return named(raw.elements());
    }
    String text = raw.text().strip();
    if (text.equals(Canary.NONE_WORD)) {
      return Canary.NONE;
    }
    if (NUMBER.matcher(text).matches()) {
      int number = Integer.parseInt(text);
      return number == 0 ? Canary.NONE : new Canary(List.of(), number);
    }
    return named(
        List.of((text.endsWith(",") ? text.substring(0, text.length() - 1) : text).split(",", -1)));
  }

  @Override
  public String describe() {
    return "none, a number of tenants, or a list of their names";
  }

  private static Canary named(List<String> elements) throws InvalidValueException {
    List<String> names = new ArrayList<>();
    for (String element : elements) {
      if (element.isBlank()) {
        throw new InvalidValueException(REMEDY);
      }
      names.add(element.strip());
    }
    return new Canary(names, 0);
  }

  @Override
  public String print(Canary value) {
    return value.toString();
  }

  @Override
  public @Nullable InvalidValueException objection(Canary value) {
    return null;
  }
}
