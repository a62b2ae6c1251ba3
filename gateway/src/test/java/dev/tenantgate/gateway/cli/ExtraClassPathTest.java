package dev.tenantgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExtraClassPathTest {

  @TempDir Path folder;

  @Test
  void whatIsMissingOrCannotBeReadIsNamed() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.jar"), "no jar");
    Path classes = Files.createDirectory(folder.resolve("classes"));

    String classPath =
        String.join(
            File.pathSeparator,
            broken.toString(),
            classes.toString(),
            folder.resolve("gone.jar").toString(),
            folder.resolve("nowhere") + "/*",
            "",
            classes + "/*");

    assertThat(ExtraClassPath.faults(classPath, null))
        .hasSize(4)
        .anySatisfy(line -> assertThat(line).contains("broken.jar can't be read"))
        .anySatisfy(line -> assertThat(line).contains("there is no", "gone.jar"))
        .anySatisfy(line -> assertThat(line).contains("there is no", "nowhere"))
        .anySatisfy(line -> assertThat(line).contains("there is no jar in " + classes));
    assertThat(ExtraClassPath.faults(null, null)).isEmpty();
  }

  @Test
  void jarsOfAFolderAreLookedAt() throws IOException {
    Path added = Files.createDirectories(folder.resolve("home/lib/ext"));
    jar(added.resolve("whole.jar"));
    assertThat(ExtraClassPath.faults(added + "/*", folder.resolve("home").toString())).isEmpty();

    Files.write(added.resolve("cut.jar"), new byte[] {'P', 'K', 3, 4, 0, 0});

    assertThat(ExtraClassPath.faults(null, folder.resolve("home").toString()))
        .singleElement()
        .asString()
        .startsWith("lib/ext: ")
        .contains("cut.jar can't be read");
    assertThat(ExtraClassPath.faults(added + "/*", null)).hasSize(1);
  }

  private static void jar(Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        JarOutputStream jar = new JarOutputStream(out)) {
      jar.putNextEntry(new JarEntry("a.txt"));
    }
  }
}
