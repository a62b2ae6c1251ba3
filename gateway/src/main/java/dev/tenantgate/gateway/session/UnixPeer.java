package dev.tenantgate.gateway.session;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.kqueue.KQueueDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.PeerCredentials;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import org.jspecify.annotations.Nullable;

/** The clients of Unix-domain sockets, and what the kernel says of them. */
final class UnixPeer {

  private UnixPeer() {}

  /** Whether a client came by a Unix-domain socket. */
  static boolean isAt(Channel client) {
    return client.localAddress() instanceof DomainSocketAddress
        || client.localAddress() instanceof UnixDomainSocketAddress;
  }

  /**
   * The process at the other end, as it was when it connected: {@code SO_PEERCRED}.
   *
   * @return null where the transport can't tell, and for a client of another kind of socket
   * @throws IOException if the connection has ended
   */
  static @Nullable PeerCredentials credentials(Channel client) throws IOException {
    if (client instanceof EpollDomainSocketChannel epoll) {
      return epoll.peerCredentials();
    } else if (client instanceof IoUringDomainSocketChannel ring) {
      return ring.peerCredentials();
    } else if (client instanceof KQueueDomainSocketChannel kqueue) {
      return kqueue.peerCredentials();
    }
    return null;
  }

  /** Where a client is, for logs: its address, or that it is on this machine. */
  static String place(Channel client) {
    if (isAt(client)) {
      return "[local]";
    }
    String address = String.valueOf(client.remoteAddress());
    return address.substring(address.lastIndexOf('/') + 1); // behind a name, if there is one
  }
}
