package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.startup.SessionRequest;
import dev.tenantgate.gateway.tracing.ClientTrace;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A session in the words of traces. Stateless. */
final class SessionTrace {

  private static final int HEADER_BYTES = 5;

  private SessionTrace() {}

  /** The client has said what it wants. */
  static void asked(Session session, SessionRequest request) {
    ClientTrace trace = session.trace();
    if (trace != null) {
      trace.asked(request.trace(), about(session, request));
    }
  }

  /** Its way in comes to another step. */
  static void step(@Nullable ClientTrace trace, SessionState next) {
    if (trace != null) {
      trace.step(next.span());
    }
  }

  /** It is gone, or sent away. */
  static void ended(@Nullable ClientTrace trace, @Nullable ByteBuf lastWords) {
    if (trace != null) {
      trace.ended(reason(lastWords));
    }
  }

  /** A client's attributes on each of its spans, by OpenTelemetry's names where it has some. */
  private static Map<String, String> about(Session session, SessionRequest request) {
    Map<String, String> about = new LinkedHashMap<>();
    about.put("db.system.name", "postgresql");
    about.put("db.namespace", request.database());
    about.put("db.user", request.user());
    about.put("tenantgate.pool_mode", mode(session));
    about.put("client.address", client(session));
    String application = request.others().get("application_name");
    if (application != null) {
      about.put("tenantgate.application", application);
    }
    return about;
  }

  private static String mode(Session session) {
    return session.services().settings().pool().mode().name().toLowerCase(Locale.ROOT);
  }

  private static String client(Session session) {
    return session.frontend().remoteAddress() instanceof InetSocketAddress address
        ? address.getAddress().getHostAddress()
        : UnixPeer.place(session.frontend());
  }

  /** The SQLSTATE of an ErrorResponse; null where there is none. */
  private static @Nullable String reason(@Nullable ByteBuf lastWords) {
    return lastWords == null
            || lastWords.readableBytes() <= HEADER_BYTES
            || lastWords.getByte(lastWords.readerIndex()) != BackendMessage.ERROR_RESPONSE
        ? null
        : Report.decode(lastWords.slice().skipBytes(HEADER_BYTES)).sqlState();
  }
}
