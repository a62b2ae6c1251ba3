package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The files below a location of another tool's migrations. Immutable. */
record ToolFiles(Path location, List<Path> files) {

  private static final int DEEPEST = 12;
  private static final int MOST_FILES = 100_000;

  /** As much of a file as is looked at for whose it is. */
  private static final int HEAD_BYTES = 16_384;

  /** Folders of others' code, and of none. */
  private static final Set<String> PASSED_OVER =
      Set.of("node_modules", "site-packages", "__pycache__", "venv", "env", "target", "build");

  ToolFiles {
    files = List.copyOf(files);
  }

  /** Lists them, in the order of their paths. */
  static ToolFiles below(Path location, List<ChangelogProblem> problems) {
    List<Path> files = new ArrayList<>();
    if (!Files.isDirectory(location)) {
      problems.add(
          new ChangelogProblem(
              Severity.ERROR, location, 0, "this location of migrations isn't a folder"));
      return new ToolFiles(location, files);
    }
    try {
      Files.walkFileTree(
          location, EnumSet.of(FileVisitOption.FOLLOW_LINKS), DEEPEST, new Walk(location, files));
    } catch (IOException e) {
      problems.add(
          new ChangelogProblem(Severity.ERROR, location, 0, "it can't be read as a folder: " + e));
    }
    if (files.size() >= MOST_FILES) {
      problems.add(
          new ChangelogProblem(
              Severity.ERROR,
              location,
              0,
              "it holds more than %,d files; name the folder of the migrations itself"
                  .formatted(MOST_FILES)));
    }
    files.sort(Comparator.naturalOrder());
    return new ToolFiles(location, files);
  }

  private static final class Walk extends SimpleFileVisitor<Path> {

    private final Path location;
    private final List<Path> files;

    Walk(Path location, List<Path> files) {
      this.location = location;
      this.files = files;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      String name = nameOf(folder);
      boolean passed =
          !folder.equals(location) && (name.startsWith(".") || PASSED_OVER.contains(name));
      return passed ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (!nameOf(file).startsWith(".") && !attributes.isDirectory()) {
        files.add(file);
      }
      return files.size() >= MOST_FILES ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
    }
  }

  /** The files in the location itself. */
  List<Path> direct() {
    return files.stream().filter(file -> location.equals(file.getParent())).toList();
  }

  static String nameOf(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** How a file begins; nothing of one that can't be read, which is told where it matters. */
  static String head(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(HEAD_BYTES), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }
}
