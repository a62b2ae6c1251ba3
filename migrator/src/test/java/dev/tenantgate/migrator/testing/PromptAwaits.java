package dev.tenantgate.migrator.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.pollinterval.IterativePollInterval;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Has Awaitility look at once, and again after 5 ms, 10 ms and so on up to 100 ms, where it would
 * wait 100 ms before each look: most conditions hold within some milliseconds. It gives up after a
 * minute, so that no test fails because the machine is busy. Found by the launcher as a service.
 */
public final class PromptAwaits implements LauncherSessionListener {

  private static final Duration FIRST = Duration.ofMillis(5);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofMillis(100);

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    Awaitility.setDefaultTimeout(PATIENCE);
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultPollInterval(
        IterativePollInterval.iterative(PromptAwaits::next).startDuration(FIRST));
  }

  private static Duration next(Duration latest) {
    Duration twice = latest.multipliedBy(2);
    return twice.compareTo(LONGEST) < 0 ? twice : LONGEST;
  }
}
