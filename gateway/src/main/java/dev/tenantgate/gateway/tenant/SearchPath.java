package dev.tenantgate.gateway.tenant;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A value of the server's {@code search_path}, read exactly as the server reads it
 * (SplitIdentifierString in {@code varlena.c}): names between commas, unquoted ones folded to lower
 * case, quoted ones as they stand with {@code ""} for a quote, all cut to 63 bytes. Immutable.
 *
 * @param names in order; {@code $user} stands for the session's user
 */
public record SearchPath(List<String> names) {

  /** The name that stands for the session's user, quoted or not. */
  private static final String USER = "$user";

  public SearchPath {
    names = List.copyOf(names);
  }

  /**
   * Reads a value. A blank one is an empty path.
   *
   * @throws InvalidSearchPathException if the server would refuse it
   */
  public static SearchPath parse(String value) throws InvalidSearchPathException {
    return new Reader(value).read();
  }

  /**
   * The schemas named, with {@code $user} replaced by the user's name. The empty name, which finds
   * no schema, is left out.
   */
  public List<String> schemas(String user) {
    return names.stream()
        .map(name -> name.equals(USER) ? Identifier.truncate(user) : name)
        .filter(name -> !name.isEmpty())
        .toList();
  }

  /** Whether {@code $user} is among the names. */
  public boolean namesUser() {
    return names.contains(USER);
  }

  /** As a value that the server reads back as the same path, every name quoted. */
  @Override
  public String toString() {
    return names.stream().map(Identifier::quote).collect(Collectors.joining(", "));
  }

  /** A cursor over the value; used once. */
  private static final class Reader {

    private final String value;
    private int at;

    Reader(String value) {
      this.value = value;
    }

    SearchPath read() throws InvalidSearchPathException {
      List<String> names = new ArrayList<>();
      skipSpace();
      if (at == value.length()) {
        return new SearchPath(names);
      }
      while (true) {
        names.add(
            Identifier.truncate(peek() == '"' ? quotedName() : Identifier.fold(unquotedName())));
        skipSpace();
        if (at == value.length()) {
          return new SearchPath(names);
        }
        if (peek() != ',') {
          throw new InvalidSearchPathException("a comma is missing " + place());
        }
        at++;
        skipSpace();
      }
    }

    private String quotedName() throws InvalidSearchPathException {
      int open = at++;
      StringBuilder name = new StringBuilder();
      while (at < value.length()) {
        char c = value.charAt(at++);
        if (c != '"') {
          name.append(c);
        } else if (at < value.length() && peek() == '"') {
          name.append(c);
          at++;
        } else {
          return name.toString();
        }
      }
      at = open;
      throw new InvalidSearchPathException("a quote isn't closed, opened " + place());
    }

    private String unquotedName() throws InvalidSearchPathException {
      int start = at;
      while (at < value.length() && peek() != ',' && !isSpace(peek())) {
        at++;
      }
      if (at == start) {
        throw new InvalidSearchPathException("a name is missing " + place());
      }
      return value.substring(start, at);
    }

    private void skipSpace() {
      while (at < value.length() && isSpace(peek())) {
        at++;
      }
    }

    private char peek() {
      return at < value.length() ? value.charAt(at) : '\0';
    }

    private String place() {
      return "at character " + (at + 1);
    }

    /** The server's scanner_isspace. */
    private static boolean isSpace(char c) {
      // Vertical tab is space from PostgreSQL 16 on; before, the server finds no schema by a name
      // with one in it, so that taking it for space is the safe way on both.
      return c == ' ' || (c >= '\t' && c <= '\r');
    }
  }
}
