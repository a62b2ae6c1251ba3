package dev.tenantgate.gateway.benchmark;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which PgBouncer it is, as far as settings depend on it. Immutable. */
record PgBouncerVersion(int major, int minor, String text) {

  private static final Pattern VERSION = Pattern.compile("PgBouncer ((\\d+)\\.(\\d+)\\S*)");

  static PgBouncerVersion of(Path program) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(program.toString(), "--version").redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    Matcher matcher = VERSION.matcher(said);
    if (!matcher.find()) {
      throw new IllegalStateException(program + " doesn't tell its version: " + said);
    }
    return new PgBouncerVersion(
        Integer.parseInt(matcher.group(2)), Integer.parseInt(matcher.group(3)), matcher.group(1));
  }

  /** Statements prepared by protocol, in transaction pooling. */
  boolean knowsPreparedStatements() {
    return major > 1 || minor >= 21;
  }

  /** Parameters of the client's that are restored on whichever connection it gets. */
  boolean tracksExtraParameters() {
    return major > 1 || minor >= 20;
  }

  @Override
  public String toString() {
    return "PgBouncer " + text;
  }
}
