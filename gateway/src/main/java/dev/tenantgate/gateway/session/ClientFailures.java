package dev.tenantgate.gateway.session;

import dev.tenantgate.config.LogSettings;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.startup.SessionRequest;
import io.netty.channel.Channel;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Counts the clients that can't be served, by reason, and logs them: at most one line in five
 * seconds for each reason and address. Thread-safe.
 */
final class ClientFailures {

  private static final Logger log = LoggerFactory.getLogger("dev.tenantgate.gateway.session");

  private final SessionMeter meter;
  private final Supplier<LogSettings> settings;
  private final RepeatedEvents events;

  ClientFailures(SessionMeter meter, Supplier<LogSettings> settings, LongSupplier nanoTime) {
    this.meter = meter;
    this.settings = settings;
    this.events = new RepeatedEvents(nanoTime);
  }

  /**
   * A client can't be served.
   *
   * @param who what it asked for; null if it hasn't come to that
   */
  void failed(ClientError reason, String error, Channel client, @Nullable SessionRequest who) {
    failed(reason, reason.isOperators(), error, client, who);
  }

  /**
   * The same, where the reason doesn't tell whose it is.
   *
   * @param operators whether an operator has something to do about it
   */
  void failed(
      ClientError reason,
      boolean operators,
      String error,
      Channel client,
      @Nullable SessionRequest who) {
    meter.clientFailed(reason);
    if (settings.get().failures()) {
      Level level = operators ? Level.WARN : Level.INFO;
      tell(reason, log.atLevel(level).addKeyValue("reason", reason.label()), error, client, who);
    }
  }

  /** The gate has refused a client, and counts that itself. */
  void refused(Report refusal, Channel client, @Nullable SessionRequest who) {
    if (settings.get().failures()) {
      String state = refusal.sqlState();
      tell(state, log.atInfo().addKeyValue("sqlstate", state), words(refusal), client, who);
    }
  }

  private void tell(
      Object what,
      LoggingEventBuilder line,
      String error,
      Channel client,
      @Nullable SessionRequest who) {
    int times = events.happened(what, client.remoteAddress());
    if (times == 0) {
      return;
    }
    LoggingEventBuilder about = line.addKeyValue("client", UnixPeer.place(client));
    if (who != null) {
      about = about.addKeyValue("user", who.user()).addKeyValue("database", who.database());
    }
    about.addKeyValue("error", error).addKeyValue("times", times).log("client failed");
  }

  /** A report in one line. */
  static String words(Report report) {
    return report.detail() == null
        ? report.message()
        : report.message() + " (" + report.detail() + ")";
  }
}
