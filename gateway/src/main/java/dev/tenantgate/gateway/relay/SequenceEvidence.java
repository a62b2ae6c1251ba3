package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.Reply;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks whether the transaction under way has advanced the sequences that a text is about to read:
 * one that was advanced stays locked up to the transaction's end. Event-loop confined.
 */
final class SequenceEvidence extends Reply.Exchange {

  /** The sequences that the transaction has advanced, or set. */
  private static final String ADVANCED =
      """
      SELECT l.relation FROM pg_catalog.pg_locks l \
      JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) l.relation \
      WHERE l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() \
      AND l.locktype OPERATOR(pg_catalog.=) 'relation' \
      AND l.mode OPERATOR(pg_catalog.=) 'RowExclusiveLock' \
      AND c.relkind OPERATOR(pg_catalog.=) 'S' \
      AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d \
      WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())\
      """;

  /** Of a length that names have; a pattern that repeats a group recurses for each repetition. */
  private static final String LITERAL = "'([^'\\\\]{0,200})'";

  /** A call that says by itself which sequence it reads. */
  private static final Pattern NAMED =
      Pattern.compile(
          "(?i)\\bcurrval\"?\\s*\\(\\s*(?:pg_get_serial_sequence\\(\\s*"
              + LITERAL
              + "\\s*,\\s*"
              + LITERAL
              + "\\s*\\)|"
              + LITERAL
              + ")\\s*(?:::\\s*(?:text|regclass)\\s*)?\\)");

  private static final Pattern CALLED = Pattern.compile("(?i)\\bcurrval\\b");

  private final Runnable answered;
  private boolean found;

  /**
   * Asks nothing yet.
   *
   * @param answered runs when the server has answered
   */
  SequenceEvidence(Runnable answered) {
    super(1);
    this.answered = answered;
  }

  /** Whether it is so. */
  boolean isFound() {
    return found;
  }

  /** The question for a text that reads {@code lastval} alone, or that calls what does. */
  static String sql() {
    return ADVANCED + " LIMIT 1";
  }

  /**
   * The question for one that reads {@code currval}.
   *
   * @return null if it doesn't say of which sequences
   */
  static @Nullable String sqlFor(ByteBuf reading) {
    String text = reading.toString(StandardCharsets.UTF_8);
    List<String> sequences = new ArrayList<>();
    for (Matcher named = NAMED.matcher(text); named.find(); ) {
      sequences.add(
          named.group(1) == null
              ? "pg_catalog.to_regclass('%s')".formatted(named.group(3))
              : ("(SELECT pg_catalog.to_regclass(pg_catalog.pg_get_serial_sequence('%1$s',"
                      + " a.attname)) FROM pg_catalog.pg_attribute a WHERE a.attrelid"
                      + " OPERATOR(pg_catalog.=) pg_catalog.to_regclass('%1$s') AND a.attname"
                      + " OPERATOR(pg_catalog.=) '%2$s')")
                  .formatted(named.group(1), named.group(2)));
    }
    if (sequences.isEmpty() || sequences.size() != CALLED.matcher(text).results().count()) {
      return null;
    }
    StringBuilder sql = new StringBuilder("SELECT FROM (SELECT) one WHERE true");
    for (String sequence : sequences) {
      sql.append(" AND EXISTS (SELECT FROM (")
          .append(ADVANCED)
          .append(") a WHERE a.relation OPERATOR(pg_catalog.=) ")
          .append(sequence)
          .append("::pg_catalog.oid)");
    }
    return sql.toString();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    found = true;
  }

  @Override
  protected void done() {
    answered.run();
  }
}
