package dev.tenantgate.migrator.subprocess;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last of what a command says, however much that is. Secrets that it was given are left out: it
 * is told to clients. Thread-safe.
 */
public final class CommandOutput {

  private static final Logger LOG = LoggerFactory.getLogger(CommandOutput.class);

  /** The most bytes that are kept. */
  private static final int KEPT_BYTES = 16_384;

  /** The most characters that are told. */
  private static final int TOLD_CHARACTERS = 1_000;

  private static final int TOLD_LINES = 12;

  private final List<String> secrets;
  private final byte[] kept = new byte[KEPT_BYTES];
  private long total;

  /**
   * Keeps nothing yet.
   *
   * @param secrets what is never told
   */
  public CommandOutput(List<String> secrets) {
    this.secrets = List.copyOf(secrets);
  }

  /** Reads a stream to its end, on a thread of its own. */
  Thread readingOf(InputStream in) {
    Thread thread = new Thread(() -> read(in), "tenantgate-command-output");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void read(InputStream in) {
    byte[] part = new byte[8_192];
    try (in) {
      for (int n = in.read(part); n >= 0; n = in.read(part)) {
        take(part, n);
      }
    } catch (IOException e) {
      LOG.debug("a command's output ends", e);
    }
  }

  private synchronized void take(byte[] part, int length) {
    for (int i = 0; i < length; i++) {
      kept[(int) ((total + i) % KEPT_BYTES)] = part[i];
    }
    total += length;
  }

  /** The last lines in one, without what terminals alone understand; empty if there are none. */
  String said() {
    String text = text();
    for (String secret : secrets) {
      text = text.replace(secret, "***");
    }
    List<String> lines =
        text.replaceAll("\u001b\\[[0-9;?]*[ -/]*[@-~]", "")
            .lines()
            .map(line -> line.replaceAll("\\p{Cntrl}", " ").strip())
            .filter(line -> !line.isEmpty())
            .toList();
    String told =
        lines.stream()
            .skip(Math.max(0, lines.size() - TOLD_LINES))
            .collect(Collectors.joining(" | "));
    return told.length() <= TOLD_CHARACTERS
        ? told
        : "… " + told.substring(told.length() - TOLD_CHARACTERS);
  }

  private synchronized String text() {
    int length = (int) Math.min(total, KEPT_BYTES);
    byte[] text = new byte[length];
    for (int i = 0; i < length; i++) {
      text[i] = kept[(int) ((total - length + i) % KEPT_BYTES)];
    }
    return new String(text, StandardCharsets.UTF_8);
  }
}
