package dev.tenantgate.gateway.notification;

import dev.tenantgate.gateway.protocol.Report;
import io.netty.channel.EventLoop;

/** A session that listens. All but {@link #eventLoop} is called on its event loop. */
public interface Subscriber {

  /** The one that the session is confined to. */
  EventLoop eventLoop();

  /** A notification for one of its channels has come. */
  void notified(Notification notification);

  /** The mark that it waits for has come: all before was sent before that, all behind later. */
  void marked();

  /** The connection that listened for it is gone: notifications may have been missed. */
  void listeningLost(Report why);
}
