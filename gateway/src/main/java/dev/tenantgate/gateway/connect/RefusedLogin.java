package dev.tenantgate.gateway.connect;

import dev.tenantgate.gateway.protocol.Report;

/** The gateway's own account couldn't log in to a server. */
public final class RefusedLogin extends Exception {

  private static final long serialVersionUID = 1;

  private final transient Report report;

  public RefusedLogin(Report report) {
    super(report.message());
    this.report = report;
  }

  /** Why, fit for a client. */
  public Report report() {
    return report;
  }
}
