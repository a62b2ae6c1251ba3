package dev.tenantgate.gateway.server;

import dev.tenantgate.config.NetworkAddress;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Unix-domain socket that processes of this machine connect to. It is bound under another name,
 * gets its permissions and is then renamed: the file is never there without them, and takes the
 * place of one that nobody listens on any more in one step. Thread-safe.
 */
public final class UnixListener {

  private static final Logger log = LoggerFactory.getLogger(UnixListener.class);

  private static final PosixFilePermission[] FROM_HIGHEST_BIT = {
    PosixFilePermission.OWNER_READ,
    PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_EXECUTE,
    PosixFilePermission.GROUP_READ,
    PosixFilePermission.GROUP_WRITE,
    PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.OTHERS_READ,
    PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_EXECUTE
  };

  private final Channel channel;
  private final Path file;

  /** Tells our file from one that another process has put in its place; null for another's. */
  private final @Nullable Object fileKey;

  private UnixListener(Channel channel, Path file, @Nullable Object fileKey) {
    this.channel = channel;
    this.file = file;
    this.fileKey = fileKey;
  }

  /** The file of a gateway that listens on a port, as libpq looks for it. */
  static Path file(Path directory, int port) {
    return Path.of(new NetworkAddress(directory.toString(), port).socketFile());
  }

  /**
   * Where a socket is to be.
   *
   * @param key the setting that asks for it
   * @param mode nine bits of permissions
   * @param replaced whether it takes the place of one that another process listens on
   */
  record Place(String key, Path file, int mode, boolean replaced) {}

  /**
   * Starts to listen.
   *
   * @throws IOException if the file can't be had; the message names key and file
   */
  static UnixListener bind(Transport transport, ServerBootstrap bootstrap, Place place)
      throws IOException {
    Path file = place.file();
    Channel channel = null;
    try {
      String objection = place.replaced() ? "" : objection(file);
      if (!objection.isEmpty()) {
        throw new IOException(objection);
      }
      // A name of nine letters at most: shorter than the file's own, so that it fits as well.
      Path unfinished = file.resolveSibling(".tg." + Math.abs(file.hashCode() % 100_000));
      Files.deleteIfExists(unfinished);
      channel =
          bootstrap
              .bind(transport.unixAddress(unfinished.toString()))
              .syncUninterruptibly()
              .channel();
      Files.setPosixFilePermissions(unfinished, permissions(place.mode()));
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      return new UnixListener(channel, file, keyOf(file));
    } catch (Exception e) {
      if (channel != null) {
        channel.close().syncUninterruptibly();
      }
      throw new IOException(
          "%s: cannot listen on %s: %s".formatted(place.key(), file, reason(e)), e);
    }
  }

  /** One that another process has opened, and whose file is that process's. */
  static UnixListener opened(Channel channel, Path file) {
    return new UnixListener(channel, file, null);
  }

  /** Why a socket's file can't be had; empty if it can. Connects to a socket that is there. */
  public static String objection(Path file) {
    Path directory = file.getParent();
    if (directory != null && !Files.isDirectory(directory)) {
      return "the directory isn't there";
    }
    if (directory != null && !Files.isWritable(directory)) {
      return "this user may not write to the directory";
    }
    try {
      BasicFileAttributes there =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return there.isOther() ? listening(file) : "a file that is no socket is in the way";
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      return reason(e);
    }
  }

  private static String listening(Path file) throws IOException {
    try (SocketChannel other = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
      return other.isConnected() ? "another process listens there" : "";
    } catch (ConnectException e) {
      return ""; // left behind by a process that was killed
    }
  }

  private static String reason(Exception e) {
    return e instanceof NoSuchFileException ? "no such file" : String.valueOf(e.getMessage());
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int bit = 0; bit < FROM_HIGHEST_BIT.length; bit++) {
      if ((mode >> (FROM_HIGHEST_BIT.length - 1 - bit) & 1) == 1) {
        permissions.add(FROM_HIGHEST_BIT[bit]);
      }
    }
    return permissions;
  }

  private static @Nullable Object keyOf(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  Path file() {
    return file;
  }

  /**
   * Accepts nobody any more after a while: the file leads to another process already, and who
   * connected before that is still in the kernel's queue.
   */
  void closeReplaced(Duration after) {
    channel.eventLoop().schedule(() -> channel.close(), after.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The same as {@link #close}, without waiting for it: for event loops. */
  void closeSoon() {
    removeFile();
    channel.close();
  }

  /** Accepts nobody any more, and removes the file, if it is still this listener's. */
  void close() {
    if (channel.isOpen()) {
      removeFile();
      channel.close().syncUninterruptibly();
    }
  }

  private void removeFile() {
    try {
      if (fileKey != null && fileKey.equals(keyOf(file))) {
        Files.delete(file);
      }
    } catch (NoSuchFileException e) {
      log.atDebug().addKeyValue("file", file).log("socket is gone already");
    } catch (IOException e) {
      log.atWarn().addKeyValue("file", file).setCause(e).log("socket can't be removed");
    }
  }
}
