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
 * Reads files as long as all of them together can be held, cut into statements and sent within the
 * memory that the process has: a file too many is refused instead of ending it. Confined to one
 * reading.
 */
final class FileBudget {

  /** A text is held as it is, as a message and in pieces, its statements beside it. */
  private static final int COPIES = 16;

  private static final long MEGABYTE = 1 << 20;

  private final long heapBytes;
  private long leftBytes;

  FileBudget() {
    this(Runtime.getRuntime().maxMemory());
  }

  FileBudget(long heapBytes) {
    this.heapBytes = heapBytes;
    this.leftBytes = heapBytes / COPIES;
  }

  /** Reads a file; what keeps it from being read is added to the problems. */
  Optional<byte[]> read(Path file, List<ChangelogProblem> problems) {
    try {
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        return refuse(file, "this is no regular file, and is not read", problems);
      }
      long size = Files.size(file);
      if (size > leftBytes) {
        return refuse(file, tooLarge(size), problems);
      }
      leftBytes -= size;
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

  private String tooLarge(long size) {
    long needed = (heapBytes / COPIES - leftBytes + size) * COPIES / MEGABYTE + 1;
    return "this file's %.1f MB don't fit: all migrations together may have %.1f MB, a %dth of the"
            .formatted(size / (double) MEGABYTE, heapBytes / (double) (COPIES * MEGABYTE), COPIES)
        + " memory that this process may use; start it with TENANTGATE_JAVA_OPTS=-Xmx"
        + needed
        + "m, or load large data with COPY … FROM a file at the server";
  }

  private static Optional<byte[]> refuse(
      Path file, String message, List<ChangelogProblem> problems) {
    problems.add(new ChangelogProblem(Severity.ERROR, file, 1, message));
    return Optional.empty();
  }
}
