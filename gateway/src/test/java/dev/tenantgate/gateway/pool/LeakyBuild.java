package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.backend.BackendSettings;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The gateway built with a fault: of the {@code search_path}s that are to be restored on a leased
 * backend, one in twenty isn't, and the gateway believes that it was. The fault is put into the
 * source of {@link BackendSettings}, and all of the gateway's classes are loaded anew around it;
 * what is shipped has no switch for this.
 */
final class LeakyBuild extends ClassLoader {

  private static final String OURS = "dev.tenantgate.gateway.";
  private static final String FAULTY = BackendSettings.class.getName();

  private static final String RIGHT = "new SettingsReplay(settings, wanted)";
  private static final String WRONG =
      """
      new SettingsReplay(settings,
          java.util.concurrent.ThreadLocalRandom.current().nextInt(20) == 0
              && settings.get("search_path") != null
              ? wanted.with("search_path", settings.get("search_path")) : wanted)\
      """;

  private final Path classes;

  /** Builds it into an empty folder. */
  LeakyBuild(Path classes) throws IOException {
    super(LeakyBuild.class.getClassLoader());
    this.classes = classes;
    String file = FAULTY.replace('.', '/') + ".java";
    String source = Files.readString(Path.of("src", "main", "java").resolve(file));
    assertThat(source).contains(RIGHT);
    Path faulty = classes.resolve(BackendSettings.class.getSimpleName() + ".java");
    Files.writeString(faulty, source.replace(RIGHT, WRONG));
    compile(faulty);
  }

  private void compile(Path source) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter errors = new StringWriter();
    List<String> options =
        List.of(
            "-proc:none",
            "-nowarn",
            "-d",
            classes.toString(),
            "-cp",
            System.getProperty("java.class.path", ""));
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      boolean done =
          compiler
              .getTask(errors, files, null, options, null, files.getJavaFileObjects(source))
              .call();
      assertThat(done).as(errors.toString()).isTrue();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A gateway of this build. */
  record Running(AutoCloseable fixture, int port) implements AutoCloseable {
    @Override
    public void close() {
      try {
        fixture.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Starts one, as {@link GatewayFixture#start} does. */
  Running start(TestDatabase database, Path migrations, Map<String, String> settings)
      throws ReflectiveOperationException {
    Class<?> type = loadClass(GatewayFixture.class.getName());
    Object fixture =
        type.getMethod("start", TestDatabase.class, Path.class, Map.class)
            .invoke(null, database, migrations, settings);
    return new Running((AutoCloseable) fixture, (int) type.getMethod("port").invoke(fixture));
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = name.startsWith(OURS) ? findLoadedClass(name) : null;
      if (loaded == null && name.startsWith(OURS)) {
        byte[] code = code(name);
        loaded = code == null ? null : defineClass(name, code, 0, code.length);
      }
      return loaded == null ? super.loadClass(name, resolve) : loaded;
    }
  }

  private byte @Nullable [] code(String name) throws ClassNotFoundException {
    String file = name.replace('.', '/') + ".class";
    Path faulty = classes.resolve(file);
    try (InputStream in =
        Files.exists(faulty)
            ? Files.newInputStream(faulty)
            : LeakyBuild.class.getClassLoader().getResourceAsStream(file)) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }
}
