package dev.tenantgate.gateway.scan;

import java.util.List;

/**
 * The values of a statement's parameters, as Bind or {@code EXECUTE} gives them. Immutable.
 *
 * @param values {@link Operand.Opaque} where one isn't known, for example in the binary format of a
 *     type that isn't text
 */
public record BoundValues(List<Operand> values) {

  public BoundValues {
    values = List.copyOf(values);
  }

  /** An operand with its value put in, if it is a parameter. */
  Operand of(Operand operand) {
    if (!(operand instanceof Operand.Parameter parameter)) {
      return operand;
    }
    int index = parameter.number() - 1;
    return index >= 0 && index < values.size() ? values.get(index) : Operand.Opaque.INSTANCE;
  }
}
