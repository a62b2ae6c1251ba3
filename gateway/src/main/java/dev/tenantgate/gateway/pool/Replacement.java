package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.connect.BackendHold;
import dev.tenantgate.gateway.connect.BackendLogin;
import dev.tenantgate.gateway.connect.HoldWait;
import dev.tenantgate.gateway.connect.LoggedInBackend;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * The backend that is to take the place of a session's own, which was lost between transactions:
 * logged in as the first was, as soon as the server can be reached. Event-loop confined.
 */
final class Replacement implements BackendLogin.Listener, HoldWait.Listener {

  /** The party that needs the backend. */
  interface Listener {

    void replaced(LoggedInBackend backend);

    void notReplaced(Report report);

    /** It goes on waiting. */
    void stillWaiting(String text);
  }

  private final BackendHold hold;
  private final HoldWait wait;
  private final OwnBackend.Login login;
  private final Listener listener;
  private @Nullable Channel underWay;
  private boolean over;

  Replacement(
      BackendHold hold,
      String database,
      EventLoop eventLoop,
      OwnBackend.Login login,
      Listener listener) {
    this.hold = hold;
    this.login = login;
    this.listener = listener;
    this.wait = new HoldWait(hold, database, eventLoop, this);
  }

  void begin() {
    if (hold.holds(wait.database())) {
      wait.begin();
    } else {
      tryAgain();
    }
  }

  /** Nobody needs it any more. */
  void cancel() {
    end();
    if (underWay != null) {
      underWay.close();
    }
  }

  private void end() {
    over = true;
    wait.end();
  }

  @Override
  public void tryAgain() {
    if (!over) {
      underWay = login.open(this);
    }
  }

  @Override
  public void loggedIn(LoggedInBackend backend) {
    if (over) {
      backend.channel().close();
      return;
    }
    end();
    hold.reached();
    listener.replaced(backend);
  }

  @Override
  public void loginFailed(Report report) {
    if (over) {
      return;
    }
    if (BackendHold.isOutage(report)) {
      if (hold.failed(report)) {
        wait.begin();
        return;
      }
    } else {
      hold.reached();
      if (PoolReports.isTransient(report)) {
        wait.tryLater(); // those who were there before the outage all come back at once
        return;
      }
    }
    end();
    listener.notReplaced(report.asFatal());
  }

  @Override
  public void noticed(ByteBuf notice) {
    notice.release(); // the client has had it at its login
  }

  @Override
  public void stillWaiting(String text) {
    listener.stillWaiting(text);
  }

  @Override
  public void waitedTooLong(Report report) {
    end();
    listener.notReplaced(report);
  }
}
