package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.sql.SqlLexer;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts values where a file of seed data asks for them: a dollar sign and the name in braces. A
 * value becomes one literal, or a part of the string that it stands in: nothing of it is ever read
 * as SQL. Its type follows from where it stands, as a parameter's does. In a string, a second
 * dollar sign before makes a plain text of it. Lines stay as they are, so that errors lead to them.
 * Confined to one use.
 */
final class SeedTemplate {

  private static final String MARK = "${";

  private static final Pattern PLACE =
      Pattern.compile("(\\$?)\\$\\{\\s*(" + SeedValues.NAME + ")\\s*}");

  private final SeedFile file;
  private final SeedValues values;
  private final String sql;
  private final StringBuilder text = new StringBuilder();
  private int copied;

  private SeedTemplate(SeedFile file, SeedValues values) {
    this.file = file;
    this.values = values;
    this.sql = file.part().sql();
  }

  /** The file with its values; the same one where it asks for none. */
  static SeedFile fill(SeedFile file, SeedValues values) throws SeedValueException {
    return file.part().sql().contains(MARK) ? new SeedTemplate(file, values).fill() : file;
  }

  private SeedFile fill() throws SeedValueException {
    SqlLexer lexer = new SqlLexer(sql);
    for (Token token = lexer.next();
        token != Token.END && token != Token.UNTERMINATED;
        token = lexer.next()) {
      int start = lexer.start();
      if (start < copied) {
        continue; // inside of what was replaced already
      }
      boolean marked = sql.startsWith(MARK, start);
      if (marked || (lexer.end() - start > MARK.length() && has(start, lexer.end()))) {
        switch (token) {
          case STRING -> string(start, lexer.end());
          case QUOTED_IDENTIFIER -> throw refused(start, "can't be a part of a quoted name");
          default -> bare(start);
        }
      }
    }
    text.append(sql, copied, sql.length());
    return file.with(text.toString());
  }

  private boolean has(int start, int end) {
    return PLACE.matcher(sql).region(start, end).find();
  }

  private void bare(int start) throws SeedValueException {
    Matcher place = PLACE.matcher(sql).region(start, sql.length());
    if (!place.lookingAt()) {
      throw refused(start, "isn't ${name}: letters, digits and _");
    }
    text.append(sql, copied, start);
    // Two literals side by side would be one.
    if (text.length() > 0 && text.charAt(text.length() - 1) == '\'') {
      text.append(' ');
    }
    Optional<String> value = value(place.group(2), start);
    text.append(value.map(SeedTemplate::literal).orElse("NULL"));
    copied = place.end();
    if (copied < sql.length() && sql.charAt(copied) == '\'') {
      text.append(' ');
    }
  }

  /** A string with values inside, by the rules of its kind. */
  private void string(int start, int end) throws SeedValueException {
    char first = sql.charAt(start);
    boolean escapes = first == 'E' || first == 'e';
    if (first != '\'' && !escapes && first != 'N' && first != 'n') {
      throw refused(
          start,
          first == '$'
              ? "can't stand in a dollar-quoted text, which may be code; select it into a variable"
                  + " or a row before"
              : "can't stand in a string of this kind");
    }
    int opening = first == '\'' ? 1 : 2;
    String inside = sql.substring(start + opening, end - 1);
    StringBuilder filled = new StringBuilder();
    Matcher place = PLACE.matcher(inside);
    int behind = 0;
    while (place.find()) {
      filled.append(
          escapes ? inside.substring(behind, place.start()) : plain(inside, behind, place));
      if (place.group(1).isEmpty()) {
        filled.append(escaped(value(place.group(2), start).orElse("")));
      } else {
        filled.append(place.group().substring(1));
      }
      behind = place.end();
    }
    String rest = inside.substring(behind);
    filled.append(escapes ? rest : rest.replace("\\", "\\\\"));
    text.append(sql, copied, start).append("E'").append(filled).append('\'');
    copied = end;
  }

  private static String plain(String inside, int from, Matcher place) {
    return inside.substring(from, place.start()).replace("\\", "\\\\");
  }

  private Optional<String> value(String name, int at) throws SeedValueException {
    Optional<String> value = values.given().get(name);
    if (value == null) {
      throw refused(
          at,
          "isn't given: it is a field of the request, or --value %s=…; a text that is meant as it"
                  .formatted(name)
              + " stands is written $${"
              + name
              + "}",
          name);
    }
    return value;
  }

  private static String literal(String value) {
    return value.indexOf('\\') < 0 && value.indexOf('\n') < 0 && value.indexOf('\r') < 0
        ? "'" + value.replace("'", "''") + "'"
        : "E'" + escaped(value) + "'";
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\r", "\\r");
  }

  private SeedValueException refused(int at, String why) {
    Matcher place = PLACE.matcher(sql).region(at, sql.length());
    return refused(at, why, place.find() ? place.group(2) : "…");
  }

  private SeedValueException refused(int at, String why, String name) {
    return new SeedValueException(
        "%s:%d: ${%s} %s".formatted(file.name(), file.part().lineAt(at), name, why));
  }
}
