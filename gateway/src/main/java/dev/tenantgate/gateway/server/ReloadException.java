package dev.tenantgate.gateway.server;

import java.util.List;

/** A reload that was refused: everything is as it was before. */
public final class ReloadException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient List<String> errors;

  ReloadException(List<String> errors) {
    super(String.join("; ", errors));
    this.errors = List.copyOf(errors);
  }

  /** Everything that was wrong. */
  public List<String> errors() {
    return errors;
  }
}
