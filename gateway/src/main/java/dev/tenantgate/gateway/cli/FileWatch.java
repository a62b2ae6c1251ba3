package dev.tenantgate.gateway.cli;

import dev.tenantgate.config.LoadedSettings;
import dev.tenantgate.config.Settings;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks from time to time at the files that a reload reads: settings, user list, certificates,
 * tokens, migrations. A change that two looks agree on is a reload; so a file that is being written
 * isn't read in the middle. The files are looked at by their real paths: Kubernetes swaps the link
 * {@code ..data} of a mounted ConfigMap or Secret. Thread-safe.
 */
final class FileWatch implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(FileWatch.class);

  private static final long SECONDS = 5;
  private static final int MOST_FILES = 100_000;
  private static final int DEEPEST = 32;

  private final @Nullable Path file;
  private final Runnable reload;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          new DefaultThreadFactory("tenantgate-files", true));
  private volatile List<Path> watched = List.of();

  /** The settings that the last reload, or the start, has read. */
  private @Nullable List<String> known;

  /** A look that differs from that. */
  private @Nullable List<String> changed;

  /**
   * Prepares.
   *
   * @param file the settings file; null where there is none
   */
  FileWatch(@Nullable Path file, Runnable reload) {
    this.file = file;
    this.reload = reload;
  }

  /** The settings that are read: those files are watched from here on. */
  LoadedSettings noting(LoadedSettings loaded) {
    Settings settings = loaded.settings();
    List<Path> paths = new ArrayList<>();
    Stream.of(
            file,
            settings.auth().userList(),
            settings.listen().tls().certificate(),
            settings.listen().tls().key(),
            settings.admin().tls().certificate(),
            settings.admin().tls().key(),
            settings.admin().tokenFile())
        .filter(Objects::nonNull)
        .forEach(paths::add);
    paths.addAll(settings.migrations().locations());
    watched = List.copyOf(paths);
    return loaded;
  }

  /** Begins to look, every 5 seconds. */
  void begin() {
    look();
    thread.scheduleWithFixedDelay(this::look, SECONDS, SECONDS, TimeUnit.SECONDS);
  }

  /** One look. */
  synchronized void look() {
    try {
      List<String> now = fingerprint();
      if (known == null || now.equals(known)) {
        known = now;
        changed = null;
      } else if (now.equals(changed)) {
        log.info("files have changed: reloading");
        known = now;
        changed = null;
        reload.run();
      } else {
        changed = now;
      }
    } catch (IOException | UncheckedIOException e) {
      // In the middle of a change; the next look sees its end.
      log.atDebug().setCause(e).log("the watched files can't be looked at");
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a reload failed");
    }
  }

  private List<String> fingerprint() throws IOException {
    List<String> all = new ArrayList<>();
    for (Path path : watched) {
      if (Files.exists(path)) {
        try (Stream<Path> files = Files.walk(path, DEEPEST, FileVisitOption.FOLLOW_LINKS)) {
          for (Path each : files.limit(MOST_FILES).sorted().toList()) {
            all.add(
                "%s %s %s %d"
                    .formatted(
                        each,
                        each.toRealPath(),
                        Files.getLastModifiedTime(each),
                        Files.isDirectory(each) ? 0 : Files.size(each)));
          }
        }
      }
    }
    return all;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
