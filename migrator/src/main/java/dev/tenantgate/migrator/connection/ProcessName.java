package dev.tenantgate.migrator.connection;

import dev.tenantgate.migrator.changelog.Checksum;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * The name of a process as the holder of leases and runs: {@code host:pid:tail}. The tail is a
 * random part, which tells apart what bore the same process id, and one that tells where that
 * process id counts: there may be other machines, or containers, of the same host name. Immutable.
 */
public final class ProcessName {

  /** Where this process' ids count: the machine since it was started, and the container. */
  private static final String PLACE = place();

  private ProcessName() {}

  /** A name for this process, another one with each call. */
  public static String ofThisProcess() {
    return of(ProcessHandle.current().pid());
  }

  /** A name for a process of this place. */
  public static String of(long pid) {
    return "%s:%d:%s-%s"
        .formatted(hostName(), pid, UUID.randomUUID().toString().substring(0, 8), PLACE);
  }

  /**
   * Whether the process of that name is known not to be there any more. One of another place can't
   * be told.
   */
  public static boolean isGone(String name) {
    String[] parts = name.split(":", -1);
    return parts.length == 3
        && parts[0].equals(hostName())
        && parts[1].matches("[0-9]{1,18}")
        && parts[2].endsWith("-" + PLACE)
        && ProcessHandle.of(Long.parseLong(parts[1])).isEmpty();
  }

  public static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  private static String place() {
    try {
      String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id"));
      Path container = Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
      return Checksum.of(boot + container).substring(0, 8);
    } catch (IOException | UnsupportedOperationException | SecurityException e) {
      // Not Linux, so hardly a container: the host's name has to do.
      return "host";
    }
  }
}
