package dev.tenantgate.gateway.session;

import dev.tenantgate.config.ConsoleSettings;
import dev.tenantgate.gateway.protocol.Authentication;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.startup.SessionRequest;
import io.netty.buffer.ByteBuf;

/**
 * The client has named the console's database. It proves by SCRAM who it is, whatever {@code
 * auth.method} asks of others; only then it is told whether it may use the console. It needs
 * neither the database nor a place among {@code listen.max-connections}.
 */
final class ConsoleLogin extends SessionState {

  private final SessionRequest request;
  private final ScramLogin login;

  ConsoleLogin(Session session, SessionRequest request) {
    super(session);
    this.request = request;
    this.login =
        new ScramLogin(
            this,
            session.services().authentication().ofConsole(),
            request.user(),
            (candidate, proven) -> accept());
  }

  @Override
  void entered() {
    ScramLogin.negotiate(session, request);
    login.begin();
  }

  @Override
  void frontendFrame(ByteBuf frame) {
    if (!login.take(frame)) {
      super.frontendFrame(frame);
    }
  }

  private void accept() {
    Consoles consoles = session.services().consoles();
    ConsoleSettings settings = consoles.settings();
    ConsoleEntry entry = consoles.entry();
    if (!settings.mayLook(request.user())) {
      session.end(
          Report.fatal(
                  SqlState.INVALID_AUTHORIZATION_SPECIFICATION,
                  "user \"%s\" is not allowed to use the console".formatted(request.user()))
              .withHint("Its users are those of admin.users and admin.stats-users."));
    } else if (entry == null) {
      session.end(Report.fatal(SqlState.CANNOT_CONNECT_NOW, "the gateway is starting up"));
    } else if (!consoles.enter()) {
      session.end(
          Report.fatal(
              SqlState.TOO_MANY_CONNECTIONS,
              "too many consoles already: there may be %d (admin.console-connections)"
                  .formatted(settings.connections())));
    } else {
      CancelKey key = CancelKey.random(request.spokenVersion());
      session.toFrontend(Authentication.ok(session.frontend().alloc()));
      session.keys().tellClient(key);
      session.loggedIn();
      session.become(
          new InConsole(session, entry, request.user(), settings.mayCommand(request.user())));
    }
  }
}
