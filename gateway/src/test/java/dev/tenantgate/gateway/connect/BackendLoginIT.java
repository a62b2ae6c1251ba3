package dev.tenantgate.gateway.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.config.ListenSettings;
import dev.tenantgate.gateway.memory.OutboundBudget;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolVersion;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.scram.KeyDerivation;
import dev.tenantgate.gateway.scram.ScramKeys;
import dev.tenantgate.gateway.server.Transport;
import dev.tenantgate.gateway.startup.StartupMessage;
import dev.tenantgate.gateway.testing.ServersAt;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.TestPostgres.Login;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Logins of the gateway's own, with every method, on the newest and the oldest server. */
class BackendLoginIT {

  private static EventLoopGroup loops;

  enum Server {
    LATEST(TestPostgres::latest),
    OLDEST(TestPostgres::oldest);

    @SuppressWarnings("ImmutableEnumChecker") // a stateless method reference
    private final Supplier<TestPostgres> supplier;

    Server(Supplier<TestPostgres> supplier) {
      this.supplier = supplier;
    }
  }

  @BeforeAll
  static void start() {
    loops = Transport.of(ListenSettings.Transport.NIO).newEventLoops(1, "backend-login");
  }

  @AfterAll
  static void stop() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private static BackendLogin login(int port) {
    BackendConnector connector =
        new BackendConnector(
            Transport.NIO,
            ServersAt.hosts("127.0.0.1", port),
            new OutboundBudget(1 << 20),
            new AdaptiveRecvByteBufAllocator());
    return new BackendLogin(connector, new KeyDerivation(Runnable::run));
  }

  /** Reads to the end of the first DataRow and closes. */
  private static final class FirstRow extends ChannelInboundHandlerAdapter {
    private final StringBuilder read = new StringBuilder();
    private final CompletableFuture<String> result;

    FirstRow(CompletableFuture<String> result) {
      this.result = result;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf buffer = (ByteBuf) message;
      read.append(buffer.toString(StandardCharsets.ISO_8859_1));
      buffer.release();
      if (read.indexOf("SELECT 1") >= 0) {
        result.complete(read.toString());
        ctx.close();
      }
    }
  }

  /** Logs in and answers who the server says we are. */
  private static String whoAmI(int port, String user, BackendCredential credential)
      throws Exception {
    CompletableFuture<String> result = new CompletableFuture<>();
    BackendLogin.Listener listener =
        new BackendLogin.Listener() {
          @Override
          public void loggedIn(LoggedInBackend backend) {
            assertThat(backend.cancelKey()).isNotNull();
            assertThat(backend.parameters())
                .containsEntry("application_name", "pooled")
                .containsKey("server_version");
            Channel channel = backend.channel();
            channel.pipeline().addLast(new FirstRow(result));
            channel.writeAndFlush(
                FrontendMessage.query(channel.alloc(), "SELECT 'I am ' || current_user"));
          }

          @Override
          public void loginFailed(Report report) {
            result.completeExceptionally(
                new IllegalStateException(
                    report.sqlState() + ": " + report.message() + ": " + report.detail()));
          }
        };
    StartupMessage startup =
        new StartupMessage(
            new ProtocolVersion(3, 2),
            Map.of("user", user, "database", "postgres", "application_name", "pooled"));
    login(port).open(loops.next(), startup, credential, listener);
    return result.get(60, TimeUnit.SECONDS);
  }

  private static void assertLogsIn(int port, String user, BackendCredential credential)
      throws Exception {
    assertThat(whoAmI(port, user, credential)).contains("I am " + user);
  }

  private static void assertFails(
      int port, String user, BackendCredential credential, String... said) {
    assertThatThrownBy(() -> whoAmI(port, user, credential))
        .isInstanceOf(ExecutionException.class)
        .satisfies(e -> assertThat(e.getCause()).hasMessageContainingAll(said));
  }

  private static String md5(String password, String user) {
    return Md5Password.digits(password, user);
  }

  @ParameterizedTest
  @EnumSource
  void everyMethodTakesWhatAnswersIt(Server server) throws Exception {
    TestPostgres postgres = server.supplier.get();
    int port = postgres.port();
    BackendCredential right = new BackendCredential.Password("right");
    for (Login login : Login.values()) {
      String user = "backend_" + login.name().toLowerCase(java.util.Locale.ROOT);
      postgres.createUser(user, "right", login);
      assertLogsIn(port, user, right);
      assertFails(
          port,
          user,
          new BackendCredential.Password("wrong"),
          "28P01: password authentication failed for user \"" + user + "\"");
      assertFails(
          port, user, new BackendCredential.None(), "28P01", "no password for this user", user);
    }
    assertLogsIn(port, "postgres", new BackendCredential.None());
    assertLogsIn(port, "postgres", right);
    BackendCredential hash = new BackendCredential.Md5Hash(md5("right", "backend_md5"));
    assertLogsIn(port, "backend_md5", hash);
    assertFails(port, "backend_scram", hash, "SCRAM-SHA-256", "only an MD5 hash");
    assertFails(port, "backend_cleartext", hash, "cleartext", "only an MD5 hash");
  }

  /** The keys alone log in, where the server has the same verifier. */
  @ParameterizedTest
  @EnumSource
  void keysLogIn(Server server) throws Exception {
    TestPostgres postgres = server.supplier.get();
    byte[] salt = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");
    ScramKeys keys = ScramKeys.derive("pencil", salt, 5000);
    postgres.execute(
        "CREATE ROLE backend_keys LOGIN PASSWORD '%s' IN ROLE scram"
            .formatted(keys.verifier().text()));

    assertLogsIn(postgres.port(), "backend_keys", new BackendCredential.Scram(keys));
    assertFails(
        postgres.port(),
        "backend_keys",
        new BackendCredential.Scram(ScramKeys.derive("pencil", salt, 4096)),
        "28P01",
        "it has another SCRAM secret for this user");
    assertFails(
        postgres.port(),
        "backend_keys",
        new BackendCredential.Scram(ScramKeys.derive("crayon", salt, 5000)),
        "28P01: password authentication failed for user \"backend_keys\"");
  }

  /** The server's own words are for the client. */
  @Test
  void aServersRefusalIsKept() {
    int port = TestPostgres.latest().port();

    assertFails(port, "nobody_here", new BackendCredential.None(), "28000: role \"nobody_here\"");
  }
}
