package dev.tenantgate.migrator.connection;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;

/**
 * Both directions of a connection whose StartupMessage names no setting that the driver adds by
 * itself. The driver insists on a DateStyle that begins with ISO: in each ParameterStatus of it,
 * these three letters stand in for the first three of the server's.
 *
 * <p>Confined to the thread that uses the connection, as the driver's streams are.
 */
final class StartupStreams {

  private static final Set<String> LEFT_OUT = Set.of("TimeZone", "DateStyle", "extra_float_digits");

  private static final int PROTOCOL_3 = 3;

  /** A request for TLS or for GSSAPI, before the StartupMessage: a length and a code. */
  private static final int REQUEST_BYTES = 8;

  /** The server refuses longer ones. */
  private static final int LONGEST_START_BYTES = 10_000;

  private final OutputStream toServer;
  private final InputStream fromServer;

  /** Set by the StartupMessage; before, the server answers with single bytes, or it is TLS. */
  private volatile boolean messagesFollow;

  StartupStreams(InputStream fromServer, OutputStream toServer) {
    this.fromServer = fromServer;
    this.toServer = toServer;
  }

  OutputStream toServer() {
    return new ToServer();
  }

  InputStream fromServer() {
    return new FromServer();
  }

  /** A StartupMessage without the driver's settings, in all else as it was. */
  static byte[] withoutSettings(byte[] message) {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    kept.write(message, 0, REQUEST_BYTES);
    int at = REQUEST_BYTES;
    while (at < message.length && message[at] != 0) {
      int value = endOf(message, at);
      int next = endOf(message, value);
      if (!LEFT_OUT.contains(new String(message, at, value - at - 1, UTF_8))) {
        kept.write(message, at, next - at);
      }
      at = next;
    }
    kept.write(message, at, message.length - at);
    byte[] bytes = kept.toByteArray();
    ByteBuffer.wrap(bytes).putInt(0, bytes.length);
    return bytes;
  }

  /** The index behind the string that begins there. */
  private static int endOf(byte[] message, int start) {
    int at = start;
    while (at < message.length && message[at] != 0) {
      at++;
    }
    return Math.min(at + 1, message.length);
  }

  /** Collects what comes first until it is known whether that is a StartupMessage. */
  private final class ToServer extends OutputStream {

    private byte[] first = new byte[0];
    private boolean passing;

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (passing) {
        toServer.write(bytes, offset, length);
        return;
      }
      int had = first.length;
      first = Arrays.copyOf(first, had + length);
      System.arraycopy(bytes, offset, first, had, length);
      sendWhatIsKnown();
    }

    private void sendWhatIsKnown() throws IOException {
      while (!passing && first.length >= REQUEST_BYTES) {
        ByteBuffer head = ByteBuffer.wrap(first);
        int length = head.getInt();
        boolean start = head.getShort() == PROTOCOL_3;
        if (length == REQUEST_BYTES) {
          toServer.write(first, 0, length);
        } else if (!start || length < REQUEST_BYTES || length > LONGEST_START_BYTES) {
          pass(first); // a cancel request, or what can't be read here
          return;
        } else if (first.length < length) {
          return;
        } else {
          messagesFollow = true;
          pass(withoutSettings(Arrays.copyOf(first, length)));
          toServer.write(first, length, first.length - length);
          return;
        }
        first = Arrays.copyOfRange(first, length, first.length);
      }
    }

    private void pass(byte[] bytes) throws IOException {
      passing = true;
      toServer.write(bytes);
    }

    @Override
    public void flush() throws IOException {
      toServer.flush();
    }

    @Override
    public void close() throws IOException {
      toServer.close();
    }
  }

  /** Walks over the messages, and writes into the reports that concern the driver alone. */
  private final class FromServer extends InputStream {

    private static final int HEADER_BYTES = 5;
    private static final byte[] NAME = "DateStyle\0".getBytes(UTF_8);
    private static final byte[] STYLE = "ISO".getBytes(UTF_8);

    private final byte[] header = new byte[HEADER_BYTES];
    private int headerBytes;
    private int left;
    private int at;
    private boolean concerned;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int count = fromServer.read(bytes, offset, length);
      if (messagesFollow && count > 0) {
        walk(bytes, offset, offset + count);
      }
      return count;
    }

    private void walk(byte[] bytes, int from, int to) {
      int i = from;
      while (i < to) {
        if (left == 0) {
          header[headerBytes++] = bytes[i++];
          if (headerBytes == HEADER_BYTES) {
            headerBytes = 0;
            at = 0;
            left = Math.max(0, ByteBuffer.wrap(header).getInt(1) - 4);
            concerned = header[0] == 'S';
          }
        } else if (concerned) {
          look(bytes, i++);
          left--;
        } else {
          int passed = Math.min(left, to - i);
          i += passed;
          left -= passed;
        }
      }
    }

    private void look(byte[] bytes, int i) {
      if (at < NAME.length) {
        concerned = bytes[i] == NAME[at];
      } else if (at < NAME.length + STYLE.length && bytes[i] != 0) {
        bytes[i] = STYLE[at - NAME.length];
      } else {
        concerned = false;
      }
      at++;
    }

    @Override
    public int available() throws IOException {
      return fromServer.available();
    }

    @Override
    public void close() throws IOException {
      fromServer.close();
    }
  }
}
