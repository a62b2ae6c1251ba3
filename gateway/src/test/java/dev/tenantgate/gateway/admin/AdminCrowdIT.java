package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many clients of the admin port at once: probes are answered all the while. */
class AdminCrowdIT {

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final List<Socket> crowd = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    database.execute(
        "DO $$ BEGIN FOR i IN 1..1500 LOOP"
            + " EXECUTE format('CREATE SCHEMA %I', 'tenant_' || repeat('x', 40) || i);"
            + " END LOOP; END $$");
    gateway = GatewayFixture.start(database, migrations, Map.of());
    get("/api/v1/tenants"); // so that the first look at them is no event
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.close();
  }

  @AfterEach
  void disperse() throws IOException {
    for (Socket socket : crowd) {
      socket.close();
    }
  }

  private Socket connect(String begin) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096); // what isn't read stays with the gateway
    socket.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.gateway().adminPort()));
    socket.setSoTimeout(60_000);
    socket.getOutputStream().write(begin.getBytes(StandardCharsets.US_ASCII));
    crowd.add(socket);
    return socket;
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return CLIENT.send(
        HttpRequest.newBuilder(URI.create(gateway.adminUrl(path)))
            .timeout(Duration.ofSeconds(20))
            .build(),
        BodyHandlers.ofString());
  }

  private static String request(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }

  private static String status(Socket socket) throws IOException {
    byte[] line = new byte[12];
    InputStream in = socket.getInputStream();
    return new String(line, 0, in.readNBytes(line, 0, line.length), StandardCharsets.US_ASCII);
  }

  @Test
  void connectionsThatSayLittleKeepNoProbeOut() throws Exception {
    for (int i = 0; i < AdminConnections.MOST + 50; i++) {
      connect(i % 2 == 0 ? "" : "GET /livez HT");
    }
    for (String path : List.of("/livez", "/readyz", "/metrics")) {
      assertThat(get(path).statusCode()).as(path).isEqualTo(200);
    }
    assertThat(status(crowd.get(0))).as("the oldest made room").isEmpty();
  }

  @Test
  void listsThatNobodyReadsAreFewAndMadeAsTheyAreRead() throws Exception {
    List<Socket> lists = new ArrayList<>();
    for (int i = 0; i < RequestKind.LIST.most() + 3; i++) {
      lists.add(connect(request("/api/v1/tenants")));
    }
    int refused = 0;
    for (Socket socket : lists) {
      refused += status(socket).endsWith("503") ? 1 : 0;
    }
    assertThat(refused).isEqualTo(3);
    assertThat(get("/livez").statusCode()).isEqualTo(200);
    lists.get(0).close();
    await()
        .untilAsserted(
            () -> {
              HttpResponse<String> whole = get("/api/v1/tenants");
              assertThat(whole.statusCode()).isEqualTo(200);
              assertThat(Json.read(whole.body()).get("tenants")).hasSize(1500);
            });
  }

  @Test
  void subscribersOfEventsAreBounded() throws Exception {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < EventStream.MAX_SUBSCRIBERS + 200; i++) {
      answers.add(status(connect(request("/api/v1/events"))));
    }
    assertThat(answers).containsOnly("HTTP/1.1 200", "HTTP/1.1 503");
    assertThat(answers.subList(0, EventStream.MAX_SUBSCRIBERS)).containsOnly("HTTP/1.1 200");
    assertThat(answers.subList(EventStream.MAX_SUBSCRIBERS, answers.size()))
        .containsOnly("HTTP/1.1 503");
    for (String path : List.of("/livez", "/readyz", "/metrics", "/api/v1/tenants")) {
      assertThat(get(path).statusCode()).as(path).isEqualTo(200);
    }
  }

  @Test
  void aPacketOfManyRequestsEndsItsConnection() throws Exception {
    Socket socket = connect(request("/livez").repeat(200));
    assertThat(socket.getInputStream().readAllBytes().length).isLessThan(10_000);
    assertThat(get("/livez").statusCode()).isEqualTo(200);
  }

  @Test
  void anOldClientGetsAListWithoutChunks() throws Exception {
    Socket socket = connect("GET /api/v1/tenants HTTP/1.0\r\nHost: localhost\r\n\r\n");
    String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(answer.toLowerCase(java.util.Locale.ROOT)).doesNotContain("transfer-encoding");
    assertThat(Json.read(answer.substring(answer.indexOf("\r\n\r\n") + 4)).get("tenants"))
        .hasSize(1500);
  }
}
