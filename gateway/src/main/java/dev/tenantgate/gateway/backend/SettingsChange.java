package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.protocol.Report;
import org.jspecify.annotations.Nullable;

/** Brings a backend to a client's settings. Event-loop confined. */
public final class SettingsChange extends Reply.Exchange {

  /** The holder that wanted it. */
  @FunctionalInterface
  public interface Listener {

    /**
     * The server has answered.
     *
     * @param error the first one; null if all went well
     */
    void settingsChanged(@Nullable Report error);

    /** The server said that a parameter has another value by that. */
    default void parameter(String name, String value) {}
  }

  private final Listener listener;
  private @Nullable Report error;

  SettingsChange(int readies, Listener listener) {
    super(readies);
    this.listener = listener;
  }

  @Override
  protected void parameter(String name, String value) {
    listener.parameter(name, value);
  }

  @Override
  protected void error(Report report) {
    if (error == null) {
      error = report;
    }
  }

  @Override
  protected void done() {
    listener.settingsChanged(error);
  }
}
