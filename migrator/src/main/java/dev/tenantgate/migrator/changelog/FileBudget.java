package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Reads files as long as all of them together can be held, and the largest of them be cut into
 * statements and sent, within the memory that the process has: a file too many is refused instead
 * of ending it. Confined to one reading.
 */
final class FileBudget {

  /** A text is held as long as its migration, two bytes for a character at worst. */
  private static final int HELD = 2;

  /** The factor for one text that is decoded, cut and sent as one statement. */
  private static final int WORK = 8;

  /** The part of the memory that is left to everything else. */
  private static final int REST = 8;

  private static final long MEGABYTE = 1 << 20;

  private final long heapBytes;
  private long readBytes;
  private long largestBytes;

  FileBudget() {
    this(Runtime.getRuntime().maxMemory());
  }

  FileBudget(long heapBytes) {
    this.heapBytes = heapBytes;
  }

  /** Reads a file; what keeps it from being read is added to the problems. */
  Optional<byte[]> read(Path file, List<ChangelogProblem> problems) {
    try {
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        return refuse(file, "this is no regular file, and is not read", problems);
      }
      long size = Files.size(file);
      if (heapFor(size) > heapBytes) {
        return refuse(file, tooLarge(size), problems);
      }
      readBytes += size;
      largestBytes = Math.max(largestBytes, size);
      return Optional.of(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      boolean link = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
      return refuse(
          file, link ? "this symbolic link leads to no file" : "this file is gone", problems);
    } catch (AccessDeniedException e) {
      return refuse(file, "this file can't be read: no permission", problems);
    } catch (IOException e) {
      return refuse(file, "this file can't be read: " + e.getMessage(), problems);
    }
  }

  /** The heap that it takes to read another file, in bytes. */
  private long heapFor(long size) {
    long needed = HELD * (readBytes + size) + WORK * Math.max(largestBytes, size);
    return needed * REST / (REST - 1);
  }

  private String tooLarge(long size) {
    return "this file's %.1f MB, beside %.1f MB of others, don't fit into the %d MB of memory that"
            .formatted(
                size / (double) MEGABYTE, readBytes / (double) MEGABYTE, heapBytes / MEGABYTE)
        + " this process may use; start it with TENANTGATE_JAVA_OPTS=-Xmx%dm, or load large data"
            .formatted(heapFor(size) / MEGABYTE + 16)
        + " with COPY … FROM a file at the server";
  }

  private static Optional<byte[]> refuse(
      Path file, String message, List<ChangelogProblem> problems) {
    problems.add(new ChangelogProblem(Severity.ERROR, file, 1, message));
    return Optional.empty();
  }
}
