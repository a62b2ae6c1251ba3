package dev.tenantgate.gateway.session;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.util.List;

/** The console, as sessions that ask for it are led there. Thread-safe. */
public interface ConsoleEntry {

  /**
   * Takes in a client that has logged in. Called on its event loop.
   *
   * @param visitor who comes
   */
  Visit enter(Visitor visitor);

  /**
   * A client of the console.
   *
   * @param user its user
   * @param mayCommand whether it may do more than look
   * @param channel its connection
   * @param ends told when it leaves, on its event loop
   */
  record Visitor(String user, boolean mayCommand, Channel channel, Ends ends) {}

  /** The end of a visit. */
  interface Ends {

    /** The client has said that it leaves. */
    void terminated();

    /** The client's connection has ended. */
    void closed();

    /** A fault in what came, or of our own. */
    void failed(Throwable cause);
  }

  /** A client's stay, from its first ReadyForQuery to its end. Event-loop confined. */
  interface Visit {

    /** The handlers of the client's connection, in their order. */
    List<ChannelHandler> handlers();

    /** Gives up everything that the client waits for. */
    void cancel();

    /** The client's session has ended. */
    void left();
  }
}
