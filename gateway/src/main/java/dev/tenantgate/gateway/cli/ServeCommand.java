package dev.tenantgate.gateway.cli;

import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.gateway.console.ConsoleSources.Stop;
import dev.tenantgate.gateway.gate.GateLog;
import dev.tenantgate.gateway.server.Gateway;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tenantgate serve}: the gateway, until it is told to stop. */
@Command(
    name = "serve",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate serve --config tenantgate.yaml",
    description =
        "Runs the gateway. SIGTERM stops it, letting transactions end; SIGHUP reloads settings and"
            + " migrations. While the database can't be reached, or isn't there, it stays up and"
            + " tries again, with WARN lines in its log.",
    mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

  @Mixin private CommonOptions options = new CommonOptions();

  @Option(
      names = "--watch",
      description =
          "Reloads as well when files change: settings, user list, certificates, tokens,"
              + " migrations. They are looked at every 5 seconds.")
  private boolean watch;

  @Override
  public Integer call() throws Exception {
    SettingsSources sources = options.sources();
    options.load(); // says what has no effect
    ServeCheck.checkClassPath(sources.environment());
    Crash.endsOneThread();
    ReloadSignal reload = new ReloadSignal(); // before anything takes time: by itself it is deadly
    FileWatch files = new FileWatch(sources.file(), reload::arrived);
    try (files;
        Gateway gateway =
            Gateway.start(
                new ServedSettings(sources, files),
                BuildVersion.current(),
                List.of(new GateLog()))) {
      CountDownLatch stop = new CountDownLatch(1);
      Semaphore secondSignal = new Semaphore(0);
      Runnable onStop =
          () -> {
            if (stop.getCount() == 0) {
              secondSignal.release();
            }
            stop.countDown();
          };
      Signals.on("TERM", onStop);
      Signals.on("INT", onStop);
      gateway.whenTakenOver(onStop);
      reload.ready(gateway::reload);
      if (watch) {
        files.begin();
      }
      AtomicReference<Stop> how = new AtomicReference<>(Stop.AFTER_TRANSACTIONS);
      gateway.stopBy(
          asked -> {
            how.set(asked);
            onStop.run();
          });
      stop.await();
      gateway.stop(Objects.requireNonNull(how.get()), secondSignal);
    }
    return ExitCode.DONE;
  }
}
