package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.settings.SessionSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The clients that begin with the same settings before the server's reports for these are known:
 * one asks, the others wait for the answer. Thousands may begin alike in the same millisecond, when
 * all of them are let through at once. Event-loop confined.
 */
public final class StartupReports {

  private final Map<SessionSettings, List<Runnable>> waiting = new HashMap<>();

  /**
   * Whether the caller is the one to ask, and to call {@link #ended} whatever comes of it.
   *
   * @param again otherwise run at the end of that; it has to ask itself if there is no answer then
   */
  public boolean begin(SessionSettings settings, Runnable again) {
    List<Runnable> others = waiting.get(settings);
    if (others == null) {
      waiting.put(settings, new ArrayList<>());
      return true;
    }
    others.add(again);
    return false;
  }

  /** Has those who waited look again. */
  public void ended(SessionSettings settings) {
    List<Runnable> others = waiting.remove(settings);
    if (others != null) {
      others.forEach(Runnable::run);
    }
  }
}
