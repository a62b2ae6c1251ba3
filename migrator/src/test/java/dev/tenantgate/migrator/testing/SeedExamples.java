package dev.tenantgate.migrator.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The examples of the documents that the formats come from, as files. Stateless. */
public final class SeedExamples {

  private static final String FOLDER = "/dev/tenantgate/migrator/seeds/";

  private SeedExamples() {}

  /** Copies one document's files into a folder; they may stand in a jar. */
  public static void copy(String document, Path folder) {
    URI found = found(document);
    try {
      if (found.getScheme().equals("jar")) {
        try (FileSystem jar = FileSystems.newFileSystem(found, Map.of())) {
          copy(jar.getPath(FOLDER + document), folder);
        }
      } else {
        copy(Path.of(found), folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path source, Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(source)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      Path target = folder.resolve(source.relativize(file).toString());
      Files.createDirectories(Objects.requireNonNull(target.getParent()));
      Files.copy(file, target);
    }
  }

  private static URI found(String document) {
    try {
      URL found = SeedExamples.class.getResource(FOLDER + document);
      return Objects.requireNonNull(found, document).toURI();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
