package dev.tenantgate.config;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A program with its arguments: a list, or a text for the shell. Immutable. */
final class CommandType implements ValueType<List<String>> {

  private static final List<String> SHELL = List.of("/bin/sh", "-c");

  @Override
  public List<String> parse(RawValue raw) throws InvalidValueException {
    if (raw.sequence()) {
      if (!raw.elements().isEmpty() && raw.elements().get(0).isBlank()) {
        throw new InvalidValueException("must begin with a program");
      }
      return raw.elements();
    }
    String text = raw.text().strip();
    return text.isEmpty() || text.equals("[]")
        ? List.of()
        : List.of(SHELL.get(0), SHELL.get(1), text);
  }

  @Override
  public String describe() {
    return "program with its arguments as a list, or a text for the shell";
  }

  @Override
  public String print(List<String> value) {
    return value.size() == 3 && value.subList(0, 2).equals(SHELL)
        ? value.get(2)
        : value.stream().collect(Collectors.joining(", ", "[", "]"));
  }

  @Override
  public @Nullable InvalidValueException objection(List<String> value) {
    return null;
  }
}
