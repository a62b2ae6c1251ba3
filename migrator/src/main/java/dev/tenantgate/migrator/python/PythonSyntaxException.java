package dev.tenantgate.migrator.python;

/** A text isn't Python, or a literal of it isn't a text that can be read without running it. */
public final class PythonSyntaxException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int line;

  /** Says what is wrong in a line, counted from 1. */
  public PythonSyntaxException(int line, String message) {
    super(message);
    this.line = line;
  }

  /** The line, from 1. */
  public int line() {
    return line;
  }
}
