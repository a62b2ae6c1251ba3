package dev.tenantgate.gateway.scan;

import org.jspecify.annotations.Nullable;

/** A value as a statement gives it. Immutable. */
public sealed interface Operand {

  /** The value, if it stands in the text; null where only a Bind or the server tells it. */
  default @Nullable String known() {
    return this instanceof Literal literal ? literal.text() : null;
  }

  /** It stands in the text. */
  record Literal(String text) implements Operand {}

  /** NULL stands in the text. */
  record Null() implements Operand {
    public static final Null INSTANCE = new Null();
  }

  /**
   * It comes with Bind.
   *
   * @param number as in {@code $1}, from 1
   */
  record Parameter(int number) implements Operand {}

  /** It is computed by the server, or written in a way that isn't understood here. */
  record Opaque() implements Operand {
    public static final Opaque INSTANCE = new Opaque();
  }
}
