package dev.tenantgate.gateway.testing;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Tracks every buffer of every test, and fails the run if one wasn't released. Found by the
 * launcher as a service.
 */
public final class LeakDetection implements LauncherSessionListener {

  private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

  /** Each test is a session of its own where mutations are tried: too many to collect garbage. */
  private static final boolean OFF = Boolean.getBoolean("tenantgate.test.mutations");

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    if (OFF) {
      return;
    }
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(
        new ResourceLeakDetectorFactory() {
          @SuppressWarnings("deprecation") // abstract, and called by the method that replaces it
          @Override
          public <T> ResourceLeakDetector<T> newResourceLeakDetector(
              Class<T> resource, int samplingInterval, long maxActive) {
            return new Collecting<>(resource, samplingInterval);
          }
        });
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    // A leak is noticed when the buffer has been collected and another one is tracked.
    for (int i = 0; i < 5 && LEAKS.isEmpty() && !OFF; i++) {
      System.gc();
      io.netty.buffer.ByteBufAllocator.DEFAULT.buffer(1).release();
    }
    if (!LEAKS.isEmpty()) {
      throw new AssertionError(LEAKS.size() + " buffers leaked:\n" + String.join("\n", LEAKS));
    }
  }

  private static final class Collecting<T> extends ResourceLeakDetector<T> {

    Collecting(Class<T> resource, int samplingInterval) {
      super(resource, samplingInterval);
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
      LEAKS.add(resourceType + records);
      super.reportTracedLeak(resourceType, records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
      LEAKS.add(resourceType);
      super.reportUntracedLeak(resourceType);
    }
  }
}
