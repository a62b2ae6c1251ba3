package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks the session itself for the values that decide where it is and that only the server knows.
 * Its {@code search_path} is asked for where the client named none and the server didn't report one
 * (before PostgreSQL 18): a default of the role or the database may lead to a tenant. Its {@code
 * role} is asked for where {@code "$user"} stands in the path: it may have a default as well. SHOW
 * looks up no name, so no schema of the client's can get in its way.
 */
final class AskingSearchPath extends SessionState {

  private static final String NO_ROLE = "none";

  private final Destination destination;
  private final List<String> answers = new ArrayList<>(2);
  private final ServersTurn serversTurn;
  private @Nullable String path;

  /**
   * Asks.
   *
   * @param reported the path that the server has reported; null if it hasn't
   */
  AskingSearchPath(Session session, Destination destination, @Nullable String reported) {
    super(session);
    this.destination = destination;
    this.path = reported;
    this.serversTurn = new ServersTurn(session);
  }

  @Override
  void entered() {
    boolean pathIsKnown = path != null || !destination.hasServersPath();
    String known = destination.hasServersPath() ? path : destination.defaultPath();
    if (known != null && !Destination.namesUser(known)) {
      session.enterGate(destination.at(path, NO_ROLE));
      return;
    }
    session
        .backend()
        .write(
            FrontendMessage.query(
                session.frontend().alloc(),
                pathIsKnown ? "SHOW role" : "SHOW role; SHOW search_path"));
    session.backend().flush();
    serversTurn.begin();
  }

  @Override
  void left() {
    serversTurn.end();
  }

  @Override
  ConnectedClient describeClient() {
    return session.identity().onItsWay(session, destination, ConnectedClient.Doing.LOGIN);
  }

  @Override
  void loginTimedOut() {
    serversTurn.timedOut();
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
      String answer = onlyColumn(frame.slice().skipBytes(5));
      if (answer != null) {
        answers.add(answer);
      }
    }
    frame.release();
    if (type == BackendMessage.READY_FOR_QUERY) {
      serversTurn.end();
      String role = answers.isEmpty() ? NO_ROLE : answers.get(0);
      session.enterGate(destination.at(answers.size() > 1 ? answers.get(1) : path, role));
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
