package dev.tenantgate.gateway.server;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Has a socket that another process has opened not block: an event loop that waited in accept(2)
 * would serve nobody else. Java has no fcntl(2). But a descriptor that is received over a
 * Unix-domain socket is set so by Netty, and the flag is the open socket's, whichever descriptor it
 * is known by. So the socket is sent to this process itself. Stateless; Linux with epoll.
 */
final class NonBlocking {

  /** O_NONBLOCK of Linux. */
  private static final int FLAG = 04000;

  private NonBlocking() {}

  /** Whether a descriptor's socket is so; proc(5) tells its flags in octal. */
  static boolean is(int descriptor) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + descriptor))) {
      if (line.startsWith("flags:")) {
        return (Integer.parseInt(line.substring("flags:".length()).strip(), 8) & FLAG) != 0;
      }
    }
    throw new IOException("/proc/self/fdinfo/%d tells no flags".formatted(descriptor));
  }

  /** Sets it. */
  static void set(int descriptor) throws IOException {
    Path directory = Files.createTempDirectory("tg");
    Path file = directory.resolve("s");
    Socket listening = Socket.newSocketDomain();
    try {
      listening.bind(new DomainSocketAddress(file.toString()));
      listening.listen(1);
      sendToSelf(descriptor, listening, file);
    } finally {
      listening.close();
      Files.deleteIfExists(file);
      Files.delete(directory);
    }
  }

  private static void sendToSelf(int descriptor, Socket listening, Path file) throws IOException {
    Socket sending = Socket.newSocketDomain();
    try {
      sending.connect(new DomainSocketAddress(file.toString()));
      Socket receiving = new Socket(listening.accept(new byte[128]));
      try {
        sending.sendFd(descriptor);
        new FileDescriptor(receiving.recvFd()).close();
      } finally {
        receiving.close();
      }
    } finally {
      sending.close();
    }
  }
}
