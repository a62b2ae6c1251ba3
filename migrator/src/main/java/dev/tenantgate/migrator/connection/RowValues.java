package dev.tenantgate.migrator.connection;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Takes the values of rows out of a server's error. The server puts them into the detail of a
 * violated constraint (class 23, 44000), into message and detail of a value that doesn't fit (class
 * 22), and into quoted statements of the context. The rest stays: names of tables, columns and
 * constraints, or the author's own error (RAISE EXCEPTION); notices by RAISE don't. A detail in
 * unknown words, as in another language, is left out whole.
 *
 * <p>A process has one setting for it, {@code log.migration-values}. Thread-safe.
 */
public final class RowValues {

  private static final String WITHHELD = "…";

  /**
   * A key's values and the server's words behind them: the last ones, as values may have them too.
   */
  private static final Pattern KEY =
      Pattern.compile(
          "(Key \\(.*?\\))=\\(.*\\)"
              + "( already exists\\.?| is duplicated\\.?| is not present in table .*"
              + "| is still referenced from table .*)",
          Pattern.DOTALL);

  private static final Pattern CONFLICT =
      Pattern.compile("(Key \\(.*?\\))=\\(.*\\) conflicts with .*", Pattern.DOTALL);

  private static final Pattern QUOTED = Pattern.compile("\".*\"", Pattern.DOTALL);

  /** The server's routine behind PL/pgSQL's RAISE. */
  private static final String RAISE = "exec_stmt_raise";

  private static final String FAILING_ROW = "Failing row contains ";

  private static volatile boolean told;

  private RowValues() {}

  /** Whether values are told from now on: {@code log.migration-values}. */
  public static void tell(boolean values) {
    told = values;
  }

  /** Whether values are told. */
  static boolean areTold() {
    return told;
  }

  /** A message without values. */
  static @Nullable String message(@Nullable String sqlState, @Nullable String message) {
    return told || message == null || !isOfValues(sqlState)
        ? message
        : QUOTED.matcher(message).replaceAll("\"" + WITHHELD + "\"");
  }

  /** A notice without values: the author's own, by RAISE, may be made of rows. */
  static @Nullable String notice(@Nullable String routine, @Nullable String message) {
    return told || !RAISE.equals(routine) ? message : WITHHELD;
  }

  /** A detail without values; null where nothing is left of it. */
  static @Nullable String detail(@Nullable String sqlState, @Nullable String detail) {
    if (told || detail == null) {
      return detail;
    } else if (isOfValues(sqlState)) {
      return null;
    }
    return isOfConstraint(sqlState) ? ofConstraint(detail) : detail;
  }

  private static String ofConstraint(String detail) {
    Matcher key = KEY.matcher(detail);
    if (key.matches()) {
      return key.group(1) + "=(" + WITHHELD + ")" + key.group(2);
    }
    Matcher conflict = CONFLICT.matcher(detail);
    if (conflict.matches()) {
      return conflict.group(1) + "=(" + WITHHELD + ") conflicts with an existing key.";
    }
    return detail.startsWith(FAILING_ROW) ? FAILING_ROW + "(" + WITHHELD + ")." : WITHHELD;
  }

  /** A context without the statements and the lines of data that it quotes; null for nothing. */
  static @Nullable String context(@Nullable String context) {
    if (told || context == null) {
      return context;
    }
    List<String> frames =
        context
            .lines()
            .filter(line -> line.startsWith("PL/") || line.startsWith("SQL function"))
            .toList();
    return frames.isEmpty() ? null : frames.stream().collect(Collectors.joining("\n"));
  }

  private static boolean isOfValues(@Nullable String sqlState) {
    return sqlState != null && sqlState.startsWith("22");
  }

  private static boolean isOfConstraint(@Nullable String sqlState) {
    return sqlState != null && (sqlState.startsWith("23") || sqlState.startsWith("44"));
  }
}
