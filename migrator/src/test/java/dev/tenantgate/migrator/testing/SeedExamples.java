package dev.tenantgate.migrator.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The examples of the documents that the formats come from, as files. Stateless. */
public final class SeedExamples {

  private SeedExamples() {}

  /** Copies one document's files into a folder. */
  public static void copy(String document, Path folder) {
    Path source = folderOf(document);
    try (Stream<Path> all = Files.walk(source)) {
      List<Path> files = all.filter(Files::isRegularFile).toList();
      for (Path file : files) {
        Path target = folder.resolve(source.relativize(file).toString());
        Files.createDirectories(Objects.requireNonNull(target.getParent()));
        Files.copy(file, target);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path folderOf(String document) {
    try {
      return Path.of(
          Objects.requireNonNull(
                  SeedExamples.class.getResource("/dev/tenantgate/migrator/seeds/" + document))
              .toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
