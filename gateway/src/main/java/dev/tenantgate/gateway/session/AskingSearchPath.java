package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The client named no {@code search_path} and the server didn't report one (before PostgreSQL 18),
 * so a default of the role or the database may lead to a tenant. The server is asked, in the
 * session itself. SHOW looks up no name, so no schema of the client's can get in its way.
 */
final class AskingSearchPath extends SessionState {

  private final Destination destination;
  private @Nullable String answer;

  AskingSearchPath(Session session, Destination destination) {
    super(session);
    this.destination = destination;
  }

  @Override
  void entered() {
    session.toBackend(FrontendMessage.query(session.frontend().alloc(), "SHOW search_path"));
    session.flushBackend();
  }

  @Override
  void backendFrame(ByteBuf frame) {
    byte type = frame.getByte(frame.readerIndex());
    if (type == BackendMessage.ERROR_RESPONSE) {
      session.endWith(frame);
      return;
    }
    if (type == BackendMessage.NOTICE_RESPONSE || type == BackendMessage.PARAMETER_STATUS) {
      session.toFrontend(frame);
      return;
    }
    if (type == BackendMessage.DATA_ROW) {
      answer = onlyColumn(frame.slice().skipBytes(5));
    }
    frame.release();
    if (type == BackendMessage.READY_FOR_QUERY) {
      session.enterGate(destination, answer);
    }
  }

  private static @Nullable String onlyColumn(ByteBuf row) {
    if (row.readableBytes() < 6 || row.readShort() != 1) {
      return null;
    }
    int bytes = row.readInt();
    return bytes < 0 || bytes > row.readableBytes()
        ? null
        : row.readString(bytes, StandardCharsets.UTF_8);
  }
}
