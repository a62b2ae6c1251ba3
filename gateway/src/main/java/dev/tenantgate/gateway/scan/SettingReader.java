package dev.tenantgate.gateway.scan;

import static dev.tenantgate.gateway.scan.SessionEffect.SEARCH_PATH;

import dev.tenantgate.gateway.scan.SessionEffect.ResetParameter;
import dev.tenantgate.gateway.scan.SessionEffect.SetParameter;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code SET} and {@code RESET} as the server's grammar does (gram.y, VariableSetStmt and
 * VariableResetStmt). Confined to one thread.
 */
final class SettingReader {

  private static final String TIME_ZONE = "timezone";
  private static final String SESSION_AUTHORIZATION = "session_authorization";

  /** Parameters whose value is a list of names, each kept as it is by quoting it. */
  private static final Set<String> LISTS_OF_NAMES =
      Set.of(
          SEARCH_PATH,
          "temp_tablespaces",
          "session_preload_libraries",
          "shared_preload_libraries",
          "local_preload_libraries",
          "unix_socket_directories");

  /** No parameter whose value decides anything here has a longer one. */
  private static final int MOST_VALUE_CHARACTERS = 8_192;

  private final SqlTokens tokens;

  SettingReader(SqlTokens tokens) {
    this.tokens = tokens;
  }

  /** At {@code SET}. */
  void set(List<SessionEffect> effects) {
    tokens.advance();
    String scope = tokens.word();
    boolean local = false;
    String pending = null;
    if (scope.equals("local") || scope.equals("session")) {
      tokens.advance();
      if (atAssignment()) {
        // A parameter of that name, or one of a class of that name.
        pending = scope;
      } else if (scope.equals("session") && tokens.is("characteristics")) {
        characteristics(effects);
        return;
      } else if (scope.equals("session") && tokens.is("authorization")) {
        authorization(effects, false);
        return;
      } else {
        local = scope.equals("local");
      }
    }
    if (pending != null) {
      generic(pending, false, effects);
    } else {
      setRest(effects, local);
    }
  }

  private boolean atAssignment() {
    return tokens.isSymbol('=') || tokens.isSymbol('.') || tokens.is("to");
  }

  private void setRest(List<SessionEffect> effects, boolean local) {
    String keyword = tokens.word();
    String name = tokens.isName() ? tokens.takeName() : null;
    if (name == null) {
      effects.add(SessionEffect.of(EffectKind.OPAQUE_BODY));
      return;
    }
    if (atAssignment()) {
      generic(name, local, effects);
      return;
    }
    switch (keyword) {
      case "schema" -> value(SEARCH_PATH, local, effects);
      case "role" -> role("role", local, effects);
      case "session" -> {
        if (tokens.is("authorization")) {
          authorization(effects, local);
        }
      }
      case "time" -> {
        tokens.take("zone");
        timeZone(local, effects);
      }
      case "names" -> names(local, effects);
      case "xml" -> {
        tokens.take("option");
        value("xmloption", local, effects);
      }
      // TRANSACTION and CONSTRAINTS end with the transaction; CATALOG is refused.
      default -> {}
    }
  }

  /** Behind the first part of a parameter's name. */
  private void generic(String first, boolean local, List<SessionEffect> effects) {
    StringBuilder name = new StringBuilder(first);
    while (tokens.isSymbol('.')) {
      tokens.advance();
      String part = tokens.isName() ? tokens.takeName() : null;
      name.append('.').append(part == null ? "" : part);
    }
    String parameter = name.toString().toLowerCase(Locale.ROOT);
    tokens.advance(); // TO or =
    if (tokens.is("default")) {
      effects.add(new ResetParameter(parameter, local));
    } else {
      value(parameter, local, effects);
    }
  }

  private void value(String parameter, boolean local, List<SessionEffect> effects) {
    boolean ofNames = LISTS_OF_NAMES.contains(parameter);
    Operand value = list(ofNames);
    boolean isLong =
        value instanceof Operand.Literal literal && literal.text().length() > MOST_VALUE_CHARACTERS;
    effects.add(
        new SetParameter(parameter, isLong && !ofNames ? Operand.Opaque.INSTANCE : value, local));
  }

  /** A list of values up to the statement's end, as the server keeps it. */
  private Operand list(boolean ofNames) {
    List<String> items = new ArrayList<>();
    while (!tokens.atStatementEnd()) {
      String item = item();
      // The server takes no NUL; whatever it makes of it isn't ours to foresee.
      if (item == null || item.indexOf('\0') >= 0) {
        return Operand.Opaque.INSTANCE;
      }
      items.add(ofNames ? SqlIdentifier.quote(item) : item);
      if (tokens.isSymbol(',')) {
        tokens.advance();
      } else if (!tokens.atStatementEnd()) {
        return Operand.Opaque.INSTANCE;
      }
    }
    return new Operand.Literal(String.join(", ", items));
  }

  /** A string, a name, or a number; null if it is something else. */
  private @Nullable String item() {
    if (tokens.is(Token.STRING)) {
      return tokens.takeString();
    }
    if (tokens.isName()) {
      return tokens.is("interval") ? null : tokens.takeName();
    }
    StringBuilder number = new StringBuilder();
    while (tokens.is(Token.NUMBER)
        || tokens.isSymbol('+')
        || tokens.isSymbol('-')
        || tokens.isSymbol('.')) {
      if (!tokens.isSymbol('+') || !number.isEmpty()) {
        number.append(tokens.text());
      }
      tokens.advance();
    }
    return number.isEmpty() ? null : number.toString();
  }

  private void timeZone(boolean local, List<SessionEffect> effects) {
    if (tokens.isAny("default", "local")) {
      effects.add(new ResetParameter(TIME_ZONE, local));
    } else {
      value(TIME_ZONE, local, effects);
    }
  }

  private void names(boolean local, List<SessionEffect> effects) {
    if (tokens.atStatementEnd() || tokens.is("default")) {
      effects.add(new ResetParameter("client_encoding", local));
    } else {
      value("client_encoding", local, effects);
    }
  }

  private void authorization(List<SessionEffect> effects, boolean local) {
    tokens.advance();
    role(SESSION_AUTHORIZATION, local, effects);
  }

  private void role(String parameter, boolean local, List<SessionEffect> effects) {
    if (tokens.is("default")) {
      effects.add(new ResetParameter(parameter, local));
    } else {
      value(parameter, local, effects);
    }
  }

  /** {@code SET SESSION CHARACTERISTICS AS TRANSACTION …}: the defaults of transactions to come. */
  private void characteristics(List<SessionEffect> effects) {
    tokens.advance();
    tokens.take("as");
    tokens.take("transaction");
    boolean not = false;
    StringBuilder isolation = new StringBuilder();
    while (!tokens.atStatementEnd()) {
      switch (tokens.word()) {
        case "not" -> not = true;
        case "deferrable" -> {
          effects.add(characteristic("deferrable", not ? "off" : "on"));
          not = false;
        }
        case "only" -> effects.add(characteristic("read_only", "on"));
        case "write" -> effects.add(characteristic("read_only", "off"));
        case "serializable" -> isolation.append("serializable");
        case "repeatable" -> isolation.append("repeatable read");
        case "committed" -> isolation.append("read committed");
        case "uncommitted" -> isolation.append("read uncommitted");
        default -> {}
      }
      tokens.advance();
    }
    if (!isolation.isEmpty()) {
      effects.add(characteristic("isolation", isolation.toString()));
    }
  }

  private static SetParameter characteristic(String name, String value) {
    return new SetParameter("default_transaction_" + name, new Operand.Literal(value), false);
  }

  /** At {@code RESET}. */
  void reset(List<SessionEffect> effects) {
    tokens.advance();
    if (tokens.is("all")) {
      effects.add(SessionEffect.of(EffectKind.RESET_ALL));
      return;
    }
    String keyword = tokens.word();
    StringBuilder name = new StringBuilder();
    while (tokens.isName()) {
      String part = tokens.takeName();
      name.append(part == null ? "" : part);
      if (!tokens.isSymbol('.')) {
        break;
      }
      name.append('.');
      tokens.advance();
    }
    switch (keyword) {
      case "time" -> effects.add(new ResetParameter(TIME_ZONE, false));
      case "session" -> effects.add(new ResetParameter(SESSION_AUTHORIZATION, false));
      case "transaction" -> {}
      default -> effects.add(new ResetParameter(name.toString().toLowerCase(Locale.ROOT), false));
    }
  }
}
