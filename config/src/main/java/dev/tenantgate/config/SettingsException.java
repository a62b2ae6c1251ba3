package dev.tenantgate.config;

import java.util.List;
import java.util.stream.Collectors;

/** The settings can't be used; carries every error found, so that one run shows them all. */
public final class SettingsException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient List<SettingsError> errors;

  /**
   * Carries the errors, one line each in the message.
   *
   * @throws IllegalArgumentException if there is none
   */
  public SettingsException(List<SettingsError> errors) {
    super(errors.stream().map(SettingsError::toString).collect(Collectors.joining("\n")));
    if (errors.isEmpty()) {
      throw new IllegalArgumentException("an exception needs at least one error");
    }
    this.errors = List.copyOf(errors);
  }

  /** Every error, in the order of the sources: command line, environment, file. */
  public List<SettingsError> errors() {
    return errors;
  }
}
