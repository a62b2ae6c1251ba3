package dev.tenantgate.migrator.python;

/**
 * One token of a Python file. Immutable.
 *
 * @param kind what it is
 * @param text as it stands in the file
 * @param start index of its first character
 * @param line the line that it begins in, from 1
 * @param depth how many brackets are open around it
 * @param indented whether its logical line is indented
 */
public record PythonToken(
    Kind kind, String text, int start, int line, int depth, boolean indented) {

  /** The kinds of tokens. */
  public enum Kind {
    /** A keyword or an identifier. */
    NAME,
    /** A string literal of any kind, its prefix and quotes included. */
    STRING,
    /** A number. */
    NUMBER,
    /** An operator or a delimiter; those that assign stand as a whole: {@code +=}. */
    OPERATOR,
    /** A comment, without its line end. */
    COMMENT,
    /** The end of a logical line. */
    NEWLINE
  }

  /** Whether it is this name. */
  public boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  /** Whether it is this operator. */
  public boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }
}
