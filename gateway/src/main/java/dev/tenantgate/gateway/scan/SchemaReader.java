package dev.tenantgate.gateway.scan;

import dev.tenantgate.migrator.sql.SqlLexer.Token;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads a text for the schemas that its names are qualified with. {@code a.b} is a relation of a
 * schema, or a column of what is called so in the same statement: a table, an alias, a common table
 * expression. Where it stands tells; what can't be told is a schema. Used once, by one thread.
 */
final class SchemaReader {

  /** How deep parentheses are followed; deeper ones have no columns in them. */
  private static final int MOST_DEPTH = 62;

  private static final int MOST_PARTS = 4;

  /** Statements that name no relation, but parameters, which have dots in their names as well. */
  private static final Set<String> OF_PARAMETERS = Set.of("set", "show", "reset");

  /** Statements in which columns are qualified. */
  private static final Set<String> WITH_COLUMNS =
      Set.of(
          "", "select", "with", "insert", "update", "delete", "merge", "values", "table", "explain",
          "declare", "prepare", "copy", "create");

  /** In front of a relation, a type or a routine. */
  private static final Set<String> IN_FRONT =
      Set.of(
          "join",
          "into",
          "update",
          "only",
          "table",
          "using",
          "copy",
          "like",
          "as",
          "references",
          "truncate",
          "view",
          "sequence",
          "type",
          "call",
          ":",
          "exists",
          "concurrently");

  /** In front of a column, or of a field. */
  private static final Set<String> IN_FRONT_OF_COLUMN = Set.of("column", "by", "set");

  /** Rows that a statement has without their being declared. */
  private static final Set<String> ROWS = Set.of("excluded", "new", "old");

  private static final Set<String> ENDS_FROM =
      Set.of(
          "where",
          "group",
          "order",
          "having",
          "limit",
          "offset",
          "fetch",
          "union",
          "intersect",
          "except",
          "window",
          "set",
          "returning",
          "values",
          "for",
          "when");

  private final SqlTokens tokens;
  private final String database;
  private final Function<String, Optional<String>> tenantSchema;
  private final Set<String> found = new LinkedHashSet<>();

  // Of the statement at hand.
  private final Set<String> declared = new LinkedHashSet<>();
  private final Set<String> maybe = new LinkedHashSet<>();
  private boolean hasColumns;
  private boolean creates;

  /** A bit for each depth: whether its FROM clause is being read, and whether it has one. */
  private long inFrom;

  private long query;
  private String before = "";

  SchemaReader(SqlTokens tokens, String database, Function<String, Optional<String>> tenantSchema) {
    this.tokens = tokens;
    this.database = database;
    this.tenantSchema = tenantSchema;
  }

  /** The schemas, each once. */
  List<String> read() {
    while (!tokens.atEnd()) {
      statement();
      if (!tokens.atEnd()) {
        tokens.beginStatement();
      }
    }
    return List.copyOf(found);
  }

  private void statement() {
    String command = tokens.word();
    if (OF_PARAMETERS.contains(command)) {
      while (!tokens.atStatementEnd()) {
        tokens.advance();
      }
      return;
    }
    hasColumns = WITH_COLUMNS.contains(command);
    creates = command.equals("create");
    inFrom = 0;
    query = 0;
    before = "";
    while (!tokens.atStatementEnd()) {
      token();
    }
    maybe.removeAll(declared);
    found.addAll(maybe);
    maybe.clear();
    declared.clear();
  }

  private void token() {
    if (tokens.isName()) {
      name();
    } else if (tokens.is(Token.OPEN)) {
      open();
    } else {
      before = tokens.is(Token.SYMBOL) ? tokens.text() : "";
      tokens.advance();
    }
  }

  private void open() {
    int depth = tokens.depth();
    boolean inherits =
        depth <= MOST_DEPTH && isInFromAt(depth - 1) && isInFrontOfRelation(depth - 1);
    if (depth <= MOST_DEPTH) {
      inFrom = inherits ? inFrom | bit(depth) : inFrom & ~bit(depth);
      query &= ~bit(depth);
    }
    before = "(";
    tokens.advance();
  }

  private void name() {
    int depth = tokens.depth();
    String word = tokens.word();
    String first = tokens.takeName();
    if (!tokens.isSymbol('.')) {
      declare(first);
      keyword(word, depth);
      before = word;
      return;
    }
    List<@Nullable String> parts = new ArrayList<>(MOST_PARTS);
    parts.add(first);
    while (tokens.isSymbol('.')) {
      tokens.advance();
      parts.add(tokens.isName() ? tokens.takeName() : null);
    }
    if (!before.equals(".")) {
      qualified(parts, depth, tokens.is(Token.OPEN));
    }
    declare(parts.get(parts.size() - 1));
    before = "";
  }

  private void declare(@Nullable String name) {
    if (name != null) {
      tenantSchema.apply(name).ifPresent(declared::add);
    }
  }

  private void qualified(List<@Nullable String> parts, int depth, boolean called) {
    boolean ofDatabase = parts.size() > 2 && database.equals(parts.get(0));
    String name = parts.get(ofDatabase ? 1 : 0);
    String schema = name == null ? null : tenantSchema.apply(name).orElse(null);
    if (schema == null) {
      return;
    }
    if (parts.size() > 2 || called || isInFrontOfRelation(depth)) {
      found.add(schema);
    } else if (IN_FRONT_OF_COLUMN.contains(before) || (hasColumns && ROWS.contains(name))) {
      return;
    } else {
      (hasColumns ? maybe : found).add(schema);
    }
  }

  /** Whether the name at hand can't be a column's. */
  private boolean isInFrontOfRelation(int depth) {
    return switch (before) {
      case "from", ",", "(" -> isInFromAt(depth);
      case "on" -> creates;
      default -> IN_FRONT.contains(before);
    };
  }

  private void keyword(String word, int depth) {
    if (depth > MOST_DEPTH) {
      return;
    }
    switch (word) {
      case "select", "delete", "update" -> {
        query |= bit(depth);
        inFrom &= ~bit(depth);
      }
      case "from", "using" -> {
        if (!before.equals("distinct")) {
          inFrom |= query & bit(depth);
        }
      }
      default -> {
        if (ENDS_FROM.contains(word)) {
          inFrom &= ~bit(depth);
        }
      }
    }
  }

  private boolean isInFromAt(int depth) {
    return depth > MOST_DEPTH || (inFrom & bit(depth)) != 0;
  }

  private static long bit(int depth) {
    return 1L << depth;
  }
}
