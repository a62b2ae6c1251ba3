package dev.tenantgate.gateway.server;

import dev.tenantgate.config.NetworkAddress;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listening sockets that another process has opened and passed on: systemd, by socket activation
 * (sd_listen_fds(3)), or the gateway before this one. Confined to the start.
 */
final class InheritedSockets {

  private static final Logger log = LoggerFactory.getLogger(InheritedSockets.class);

  /** SD_LISTEN_FDS_START: those before it are the standard streams. */
  private static final int FIRST = 3;

  /** More than any unit has; what is said in the environment may be anything. */
  private static final int MOST = 64;

  /** One of them: where it listens is an address, or a file. */
  private record Inherited(
      int descriptor, @Nullable InetSocketAddress address, @Nullable String file) {

    @Override
    public String toString() {
      return file == null ? String.valueOf(address) : file;
    }
  }

  private final List<Inherited> sockets = new ArrayList<>();

  private InheritedSockets() {}

  /** The sockets that systemd says it has opened for this process. */
  static InheritedSockets fromSystemd(Map<String, String> environment) throws IOException {
    InheritedSockets inherited = new InheritedSockets();
    String count = environment.getOrDefault("LISTEN_FDS", "");
    String pid = environment.getOrDefault("LISTEN_PID", "");
    if (count.matches("[0-9]{1,2}") && pid.equals(String.valueOf(ProcessHandle.current().pid()))) {
      int last = FIRST + Math.min(MOST, Integer.parseInt(count));
      for (int descriptor = FIRST; descriptor < last; descriptor++) {
        inherited.add(descriptor);
      }
    }
    return inherited;
  }

  /** Takes one more in. */
  void add(int descriptor) throws IOException {
    if (!Epoll.isAvailable()) {
      throw new IOException(
          "listening sockets of another process need Linux and epoll", Epoll.unavailabilityCause());
    }
    String file = unixFile(descriptor);
    if (!NonBlocking.is(descriptor)) {
      NonBlocking.set(descriptor);
    }
    sockets.add(
        new Inherited(
            descriptor, file == null ? new Socket(descriptor).localAddress() : null, file));
  }

  /** The file of a Unix-domain socket; null for one of another kind. */
  private static @Nullable String unixFile(int descriptor) throws IOException {
    String link = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
    if (!link.startsWith("socket:[")) {
      throw new IOException("descriptor %d is no socket, but %s".formatted(descriptor, link));
    }
    String inode = link.substring("socket:[".length(), link.length() - 1);
    String all = Files.readString(Path.of("/proc/self/net/unix"), StandardCharsets.ISO_8859_1);
    for (String line : all.lines().toList()) {
      // Num RefCount Protocol Flags Type St Inode Path
      String[] fields = line.strip().split("\\s+", 8);
      if (fields.length >= 7 && fields[6].equals(inode)) {
        return fields.length == 8 ? fields[7] : "";
      }
    }
    return null;
  }

  /** Whether there is any. */
  boolean isEmpty() {
    return sockets.isEmpty();
  }

  /** The descriptor of the one that listens on an address's port; it is the caller's from here. */
  OptionalInt take(NetworkAddress wanted) {
    return take(socket -> socket.address() != null && socket.address().getPort() == wanted.port());
  }

  /** The descriptor of the one that listens on a file. */
  OptionalInt take(Path wanted) {
    return take(socket -> wanted.toString().equals(socket.file()));
  }

  private OptionalInt take(Predicate<Inherited> wanted) {
    for (Iterator<Inherited> all = sockets.iterator(); all.hasNext(); ) {
      Inherited socket = all.next();
      if (wanted.test(socket)) {
        all.remove();
        return OptionalInt.of(socket.descriptor());
      }
    }
    return OptionalInt.empty();
  }

  /** Closes those that the settings have no use for, and says so. */
  void closeOthers() {
    for (Inherited socket : sockets) {
      log.atWarn()
          .addKeyValue("socket", socket)
          .log("a socket that was passed on is neither listen.address nor listen.unix-socket");
      try {
        new FileDescriptor(socket.descriptor()).close();
      } catch (IOException e) {
        log.atDebug().setCause(e).log("it can't be closed");
      }
    }
    sockets.clear();
  }
}
