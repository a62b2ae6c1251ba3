package dev.tenantgate.migrator.history;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How far a migration came whose statements are committed one by one, kept in the history so that
 * the next run goes on where this one ended: {@code [2 of 3 statements are done, 9f86d081884c7d65]}
 * at the end of the row's message. Immutable.
 *
 * @param done how many statements are done
 * @param total how many there were
 * @param digest stands for the text of those that are done
 */
public record StatementProgress(int done, int total, String digest) {

  private static final Pattern MARK =
      Pattern.compile("\\[([0-9]{1,9}) of ([0-9]{1,9}) statements are done, ([0-9a-f]{16})]$");

  /** The progress after the first so many of these statements. */
  public static StatementProgress of(List<String> statements, int done) {
    return new Counter(statements).after(done);
  }

  /** Reads what stands in a row's message; empty if nothing does. */
  public static Optional<StatementProgress> read(@Nullable String message) {
    Matcher matcher = MARK.matcher(message == null ? "" : message);
    return matcher.find()
        ? Optional.of(
            new StatementProgress(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                matcher.group(3)))
        : Optional.empty();
  }

  /** Whether the statements that are done are still the first of these. */
  public boolean isOf(List<String> statements) {
    return done <= statements.size() && digest.equals(of(statements, done).digest);
  }

  /** The message of a row. */
  String after(@Nullable String error) {
    String mark = "[%d of %d statements are done, %s]".formatted(done, total, digest);
    return error == null ? mark : error + " " + mark;
  }

  /** Goes on from statement to statement, and looks at each text once. Confined to one thread. */
  public static final class Counter {

    private final List<String> statements;
    private final MessageDigest digest;
    private int counted;

    /** Begins before the first of these statements. */
    public Counter(List<String> statements) {
      this.statements = statements;
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JVM has SHA-256", e);
      }
    }

    /** The progress after the first so many statements; quick if they aren't fewer than before. */
    public StatementProgress after(int done) {
      if (done < counted) {
        return of(statements, done);
      }
      while (counted < done) {
        String statement = statements.get(counted++).replace("\r\n", "\n");
        digest.update(statement.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
      }
      try {
        byte[] soFar = ((MessageDigest) digest.clone()).digest();
        return new StatementProgress(
            counted, statements.size(), HexFormat.of().formatHex(soFar, 0, 8));
      } catch (CloneNotSupportedException e) {
        throw new IllegalStateException("SHA-256 can be gone on with", e);
      }
    }
  }
}
