package dev.tenantgate.gateway.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;

/**
 * The jars and folders that the launcher puts behind its own class path, where migrations written
 * in Java are. The virtual machine passes over those that it can't read: migrations would be
 * missing, and nobody would know. Stateless.
 */
public final class ExtraClassPath {

  /** The variable with further jars and folders. */
  public static final String VARIABLE = "TENANTGATE_CLASSPATH";

  /** Where the launcher says that the distribution lies. */
  private static final String HOME = "tenantgate.home";

  private ExtraClassPath() {}

  /** All that can't be read there, in words. */
  public static List<String> faults(Map<String, String> environment) {
    return faults(environment.get(VARIABLE), System.getProperty(HOME));
  }

  /**
   * The same of any.
   *
   * @param classPath entries as Java takes them; null for none
   * @param home the distribution's folder; null where there is none
   */
  public static List<String> faults(@Nullable String classPath, @Nullable String home) {
    List<String> faults = new ArrayList<>();
    if (home != null) {
      Path added = Path.of(home, "lib", "ext");
      if (Files.isDirectory(added)) {
        jars(added).forEach(jar -> checkJar("lib/ext", jar, faults));
      }
    }
    if (classPath != null) {
      for (String entry : classPath.split(File.pathSeparator, -1)) {
        if (!entry.isEmpty()) {
          check(entry, faults);
        }
      }
    }
    return faults;
  }

  private static void check(String entry, List<String> faults) {
    boolean all = entry.endsWith("/*") || entry.endsWith(File.separator + "*");
    Path path;
    try {
      path = Path.of(all ? entry.substring(0, entry.length() - 2) : entry);
    } catch (InvalidPathException e) {
      faults.add("%s: %s is no path: %s".formatted(VARIABLE, entry, e.getReason()));
      return;
    }
    if (!Files.exists(path)) {
      faults.add("%s: there is no %s".formatted(VARIABLE, path));
    } else if (all) {
      List<Path> jars = jars(path);
      if (jars.isEmpty()) {
        faults.add("%s: there is no jar in %s".formatted(VARIABLE, path));
      }
      jars.forEach(jar -> checkJar(VARIABLE, jar, faults));
    } else if (Files.isRegularFile(path)) {
      checkJar(VARIABLE, path, faults);
    } else if (!Files.isReadable(path)) {
      faults.add("%s: %s can't be read: no permission".formatted(VARIABLE, path));
    }
  }

  private static List<Path> jars(Path folder) {
    List<Path> jars = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, "*.{jar,JAR}")) {
      stream.forEach(jars::add);
    } catch (IOException e) {
      return List.of();
    }
    jars.sort(null);
    return jars;
  }

  private static void checkJar(String where, Path jar, List<String> faults) {
    try (JarFile opened = new JarFile(jar.toFile())) {
      if (opened.size() == 0) {
        faults.add("%s: %s has nothing in it".formatted(where, jar));
      }
    } catch (IOException e) {
      faults.add("%s: %s can't be read: %s".formatted(where, jar, e.getMessage()));
    }
  }
}
