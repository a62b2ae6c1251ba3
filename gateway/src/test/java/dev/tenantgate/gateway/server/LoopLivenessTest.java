package dev.tenantgate.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopLivenessTest {

  private final EventLoopGroup loops = Transport.NIO.newEventLoops(2, "test-liveness");
  private final ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
  private final LoopLiveness liveness = liveness(200);

  LoopLivenessTest() throws IOException {}

  @AfterEach
  void stop() throws IOException {
    listener.close();
    loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private LoopLiveness liveness(int patienceMillis) {
    return new LoopLiveness(
        loops, (InetSocketAddress) listener.getLocalSocketAddress(), () -> true, patienceMillis);
  }

  private void answering(byte[] answer) {
    Thread server =
        new Thread(
            () -> {
              try (Socket socket = listener.accept()) {
                socket.getInputStream().readNBytes(8);
                socket.getOutputStream().write(answer);
              } catch (IOException e) {
                // The test is over.
              }
            });
    server.setDaemon(true);
    server.start();
  }

  @Test
  void loopsThatServeLive() {
    answering(new byte[] {'N'});
    assertThat(liveness(30_000).check()).isEmpty(); // however busy the machine is
  }

  @Test
  void aLoopThatIsStuckIsTold() {
    CountDownLatch end = new CountDownLatch(1);
    loops
        .next()
        .execute(
            () -> {
              try {
                end.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    assertThat(liveness.check()).singleElement().asString().contains("1 of the event loops");
    end.countDown();
  }

  @Test
  void aListenerThatDoesNotAnswerIsTold() {
    assertThat(liveness.check()).singleElement().asString().contains("timed out");
  }

  @Test
  void aListenerThatHangsUpIsTold() {
    answering(new byte[0]);
    assertThat(liveness(30_000).check())
        .singleElement()
        .asString()
        .contains("closed without an answer");
  }
}
