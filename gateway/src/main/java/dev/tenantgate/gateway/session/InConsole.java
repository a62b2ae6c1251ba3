package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.protocol.LoginFrameDecoder;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;

/** The client talks to the console: its messages are that one's from here on. */
final class InConsole extends SessionState implements ConsoleEntry.Ends {

  private final ConsoleEntry.Visit visit;

  InConsole(Session session, ConsoleEntry entry, String user, boolean mayCommand) {
    super(session);
    this.visit = entry.enter(new ConsoleEntry.Visitor(user, mayCommand, session.frontend(), this));
  }

  @Override
  void entered() {
    ChannelPipeline pipeline = session.frontend().pipeline();
    for (ChannelHandler handler : visit.handlers()) {
      pipeline.addLast(handler);
    }
    pipeline.remove(FrontendLoginHandler.class);
    // The messages that the client has sent ahead come out of it.
    pipeline.remove(LoginFrameDecoder.class);
  }

  @Override
  void left() {
    session.services().consoles().leave();
    visit.left();
  }

  @Override
  void cancel(Runnable done) {
    visit.cancel();
    done.run();
  }

  @Override
  public void terminated() {
    if (session.isIn(this)) {
      session.endAtWish();
    }
  }

  @Override
  public void closed() {
    if (session.isIn(this)) {
      session.end();
    }
  }

  @Override
  public void failed(Throwable cause) {
    session.failures().failed(cause);
  }
}
