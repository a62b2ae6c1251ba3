package dev.tenantgate.gateway.practice;

import dev.tenantgate.gateway.scram.ChannelBinding;
import dev.tenantgate.gateway.scram.ScramClient;
import dev.tenantgate.gateway.scram.ScramKeys;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A client that sends an exercise's messages, and waits for each answer. Confined to one thread.
 */
final class PracticeClient implements AutoCloseable {

  private static final int PROTOCOL_3 = 3 << 16;
  private static final int TENANTS = 32;

  private static final int AUTHENTICATED = 0;
  private static final int SASL = 10;
  private static final int SASL_CONTINUE = 11;
  private static final int SASL_FINAL = 12;

  private final Socket socket;
  private final OutputStream out;
  private final MessageReader in;
  private final MessageWriter request = new MessageWriter();
  private boolean prepared;
  private int tenant;

  private PracticeClient(Socket socket) throws IOException {
    this.socket = socket;
    this.out = socket.getOutputStream();
    this.in = new MessageReader(socket.getInputStream());
  }

  /** Connects and logs in. */
  static PracticeClient connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    try {
      socket.setTcpNoDelay(true);
      PracticeClient client = new PracticeClient(socket);
      client.logIn();
      return client;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private void logIn() throws IOException {
    request.beginUntyped().fourBytes(PROTOCOL_3);
    request.text("user").text(Practice.NAME).text("database").text(Practice.NAME);
    request.text("search_path").text("practice_1").oneByte(0).end();
    request.sendTo(out);
    ScramClient scram = null;
    char type = in.next();
    while (type != 'Z') {
      if (type == 'R') {
        scram = authenticate(scram);
      }
      refuse(type);
      type = in.next();
    }
  }

  private @Nullable ScramClient authenticate(@Nullable ScramClient begun) throws IOException {
    switch (in.fourBytes()) {
      case AUTHENTICATED -> {}
      case SASL -> {
        ScramClient scram = new ScramClient(ChannelBinding.NONE);
        byte[] first = scram.first();
        request.begin('p').text(scram.mechanism()).fourBytes(first.length).bytes(first).end();
        request.sendTo(out);
        return scram;
      }
      case SASL_CONTINUE -> {
        if (begun != null) {
          ScramClient.Challenge challenge = begun.challenge(in.rest());
          ScramKeys keys =
              ScramKeys.derive(Practice.NAME, challenge.salt(), challenge.iterations());
          request.begin('p').bytes(begun.answer(keys)).end();
          request.sendTo(out);
        }
      }
      case SASL_FINAL -> {
        if (begun != null) {
          begun.verify(in.rest());
        }
      }
      default -> throw new IOException("an authentication that no practice asks for");
    }
    return begun;
  }

  /** Runs one transaction of an exercise. */
  void run(Exercise exercise) throws IOException {
    tenant = tenant % TENANTS + 1;
    for (String text : exercise.texts()) {
      send(exercise, text.replace("%d", Integer.toString(tenant)));
      request.sendTo(out);
      char type = in.next();
      while (type != 'Z') {
        refuse(type);
        type = in.next();
      }
    }
  }

  private void send(Exercise exercise, String text) {
    switch (exercise) {
      case EXTENDED -> {
        request.begin('P').text("").text(text).twoBytes(0).end();
        extended("");
      }
      case PREPARED -> {
        if (!prepared) {
          prepared = true;
          request.begin('P').text("practised").text(text).twoBytes(0).end();
        }
        extended("practised");
      }
      default -> request.begin('Q').text(text).end();
    }
  }

  private void extended(String statement) {
    request.begin('B').text("").text(statement).twoBytes(0).twoBytes(0).twoBytes(0).end();
    request.begin('D').oneByte('P').text("").end();
    request.begin('E').text("").fourBytes(0).end();
    request.empty('S');
  }

  private void refuse(char type) throws IOException {
    if (type == 'E') {
      throw new IOException(
          "refused: " + new String(in.rest(), StandardCharsets.UTF_8).replace('\0', ' '));
    }
  }

  @Override
  public void close() throws IOException {
    try (socket) {
      request.empty('X');
      request.sendTo(out);
    }
  }
}
