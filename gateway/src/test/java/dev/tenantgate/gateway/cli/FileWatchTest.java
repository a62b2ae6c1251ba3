package dev.tenantgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTest {

  @TempDir Path folder;
  private final AtomicInteger reloads = new AtomicInteger();
  private Path mount;
  private FileWatch watch;

  /** A ConfigMap as kubelet mounts it: the file is a link into {@code ..data}, a link as well. */
  @BeforeEach
  void begin() throws Exception {
    mount = Files.createDirectory(folder.resolve("mount"));
    Files.createDirectory(folder.resolve("migrations"));
    swap("..1", "gate:\n  policy: hold\n");
    Files.createSymbolicLink(
        mount.resolve("tenantgate.yaml"), Path.of("..data", "tenantgate.yaml"));
    Path file = mount.resolve("tenantgate.yaml");
    watch = new FileWatch(file, reloads::incrementAndGet);
    watch.noting(
        SettingsReader.read(
            new SettingsSources(
                file,
                Map.of(),
                Map.of(
                    "database.url",
                    "postgresql://owner@127.0.0.1/app",
                    "migrations.locations",
                    folder.resolve("migrations").toString()))));
    watch.look();
  }

  @AfterEach
  void end() {
    watch.close();
  }

  /** As kubelet updates it: a new folder, and a rename of the link to it. */
  private void swap(String version, String text) throws IOException {
    Path data = Files.createDirectory(mount.resolve(version));
    Files.writeString(data.resolve("tenantgate.yaml"), text);
    Files.createSymbolicLink(mount.resolve("..data_tmp"), Path.of(version));
    Files.move(
        mount.resolve("..data_tmp"), mount.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
  }

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      watch.look();
    }
  }

  @Test
  void swappedLinkIsOneReload() throws IOException {
    look(3);
    assertThat(reloads).hasValue(0);

    swap("..2", "gate:\n  policy: warn\n");
    look(4);

    assertThat(reloads).hasValue(1);
  }

  @Test
  void newMigrationIsOneReloadOnceItIsWritten() throws IOException {
    Path migration = folder.resolve("migrations").resolve("00001_a.sql");
    Files.writeString(migration, "CREATE");
    watch.look();
    Files.writeString(migration, "CREATE TABLE a (id int);");
    watch.look();
    assertThat(reloads).hasValue(0);

    watch.look();

    assertThat(reloads).hasValue(1);
  }

  @Test
  void fileThatIsGoneIsAChangeAndNoFault() throws IOException {
    Files.delete(mount.resolve("tenantgate.yaml"));
    look(2);

    assertThat(reloads).hasValue(1);
  }
}
