package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.startup.FrontendTls;
import dev.tenantgate.gateway.startup.SessionRequest;
import dev.tenantgate.migrator.SchemaRef;
import io.netty.channel.Channel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Logs and counts a session's events. Immutable.
 *
 * @param who what the client asked for; null if it hasn't come to that
 */
record SessionLog(SessionServices services, Channel frontend, @Nullable SessionRequest who) {

  /** The client can't be served. */
  void failed(ClientError reason, String error) {
    services.failures().failed(reason, error, frontend, who);
  }

  /** The client can't be served; nothing is said of an end that is no error. */
  void failed(Report report) {
    ClientError reason = ClientError.of(report);
    if (reason != null) {
      services
          .failures()
          .failed(
              reason,
              reason.isOperators() || report.lasting(),
              ClientFailures.words(report),
              frontend,
              who);
    }
  }

  /** The gate has refused the client. */
  void refused(Report refusal) {
    services.failures().refused(refusal, frontend, who);
  }

  /** The client was let through. */
  void connected(Destination destination) {
    if (services.settings().log().connections()) {
      about(destination)
          .addKeyValue("application", application(destination))
          .addKeyValue("tls", FrontendTls.protects(frontend))
          .log("client connected");
    }
  }

  /** The client, which was let through, is gone. */
  void left(Destination destination, Duration stayed) {
    if (services.settings().log().disconnections()) {
      about(destination).addKeyValue("ms", stayed.toMillis()).log("client left");
    }
  }

  private LoggingEventBuilder about(Destination destination) {
    SchemaRef tenant = destination.route().tenant();
    return services
        .log()
        .atInfo()
        .addKeyValue("client", UnixPeer.place(frontend))
        .addKeyValue("user", destination.request().user())
        .addKeyValue("database", destination.request().database())
        .addKeyValue("tenant", tenant == null ? null : tenant.tenant());
  }

  private static String application(Destination destination) {
    return destination.request().others().getOrDefault("application_name", "");
  }

  /** A session keeps its backend beyond its transactions. */
  void pinned(PinReason reason, int backend) {
    services
        .log()
        .atInfo()
        .addKeyValue("client", UnixPeer.place(frontend))
        .addKeyValue("backend_pid", backend)
        .addKeyValue("reason", reason.label())
        .log("session pinned to its backend");
  }

  /** It doesn't any more. */
  void unpinned(PinReason reason, int backend, Duration pinned) {
    services
        .log()
        .atInfo()
        .addKeyValue("client", UnixPeer.place(frontend))
        .addKeyValue("backend_pid", backend)
        .addKeyValue("reason", reason.label())
        .addKeyValue("pinned_ms", pinned.toMillis())
        .log("session no longer pinned to its backend");
  }
}
