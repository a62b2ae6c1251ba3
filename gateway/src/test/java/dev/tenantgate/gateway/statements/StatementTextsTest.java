package dev.tenantgate.gateway.statements;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.memory.HeapBudget;
import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.scan.ScannedQuery;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Texts are kept once, in little memory, and no longer than somebody has them. */
class StatementTextsTest {

  private static final int KIB = 1024;

  private final HeapBudget budget = new HeapBudget(1 << 20, 256 * KIB);
  private final StatementTexts texts = new StatementTexts(budget);

  private record Client(EmbeddedChannel channel, SessionMemory memory, ClientStatements named) {}

  private Client client() {
    EmbeddedChannel channel = new EmbeddedChannel();
    SessionMemory memory = budget.open(channel);
    return new Client(channel, memory, new ClientStatements(texts, memory));
  }

  /** Whether there was room for it. */
  private static boolean prepare(Client client, String name, String sql) {
    ByteBuf parse = Unpooled.copiedBuffer(name + "\0" + sql + "\0\0\0", StandardCharsets.UTF_8);
    int restBytes = parse.readableBytes() - name.length() - 1;
    if (!client.named.hasRoom(name.length(), restBytes)) {
      return false;
    }
    client.named.add(parse, 0, name.length(), restBytes, ScannedQuery.NOTHING, "", null);
    return true;
  }

  private static String sql(int number) {
    return "select %d, ".formatted(number) + "some_column, ".repeat(150) + "1";
  }

  private static ClientStatement find(ClientStatements named, String name) {
    return Objects.requireNonNull(named.find(name), name);
  }

  private static String text(Client client, String name) {
    ClientStatement statement = find(client.named, name);
    return statement.text().text().toString(StandardCharsets.UTF_8);
  }

  @Test
  void clientsWithTheSameStatementsShareTheirTexts() {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Client client = client();
      clients.add(client);
      for (int j = 0; j < 20; j++) {
        assertThat(prepare(client, "s" + j, sql(j))).isTrue();
      }
    }
    assertThat(texts.size()).isEqualTo(20);
    assertThat(budget.used()).isLessThan(400 * KIB);
    assertThat(clients.get(0).memory.bytes()).as("each answers for its own").isGreaterThan(40_000);
    clients.forEach(client -> client.channel.close());
    clients.forEach(client -> client.named.clear());
    assertThat(budget.used()).as("a few are kept").isLessThan((1 << 20) / 16);
  }

  @Test
  void manyTextsAreKeptInLessMemoryAndReadAsTheyWere() {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      Client client = client();
      clients.add(client);
      for (int j = 0; j < 100; j++) {
        assertThat(prepare(client, "s" + j, sql(100 * i + j))).isTrue();
      }
    }
    assertThat(budget.used()).as("of 3 MB").isLessThan(1 << 20);
    for (int i = 0; i < 15; i++) {
      for (int j = 0; j < 100; j += 9) {
        assertThat(text(clients.get(i), "s" + j)).isEqualTo(sql(100 * i + j));
      }
    }
    ClientStatement deflated = find(clients.get(0).named, "s0");
    assertThat(deflated.text().isDeflated()).isTrue();
    texts.use(deflated.text());
    assertThat(deflated.text().isDeflated()).isFalse();
    assertThat(text(clients.get(0), "s0")).isEqualTo(sql(0));
  }

  @Test
  void aClientHasNoMoreThanItsShareAndGoesOnWithWhatItGivesBack() {
    Client client = client();
    int prepared = 0;
    while (prepare(client, "s" + prepared, sql(prepared))) {
      prepared++;
    }
    assertThat(client.memory.bytes()).isBetween(240L * KIB, 256L * KIB);
    assertThat(client.memory.refusal("prepared statements").detail())
        .contains("limits.kept-mebibytes-per-session");
    ClientStatement gone = find(client.named, "s0");
    client.named.remove(gone);
    assertThat(prepare(client, "again", sql(0))).isTrue();
    assertThat(prepare(client(), "other", sql(0))).as("others have theirs").isTrue();
  }

  @Test
  void whoHasLittleIsServedWhereOthersHaveTakenAll() {
    Client another = client();
    int clients = 0;
    int last = 1;
    for (int number = 0; last > 0; clients++) {
      Client greedy = client();
      last = 0;
      while (prepare(greedy, "s" + number, "select " + number)) {
        number++;
        last++;
      }
    }
    assertThat(clients).as("four shares, and some with little").isBetween(5, 12);
    assertThat(budget.used()).isLessThan((1 << 20) + (1 << 20) / 8 + 64 * KIB);
    assertThat(another.memory.hasRoom(2_000)).isFalse();
    assertThat(another.memory.refusal("prepared statements").detail())
        .contains("limits.kept-mebibytes)");
  }

  @Test
  void whatIsPutBackHasItsTextAgain() {
    Client client = client();
    prepare(client, "s", sql(1));
    ClientStatements taken = client.named.takeAll(0);
    client.named.putBack(taken);
    assertThat(text(client, "s")).isEqualTo(sql(1));
    ClientStatement removed = find(client.named, "s");
    client.named.remove(removed);
    for (int i = 0; i < 100; i++) {
      prepare(client, "t", sql(i + 2));
      ClientStatement other = find(client.named, "t");
      client.named.remove(other);
    }
    client.named.putBack(removed);
    assertThat(text(client, "s")).isEqualTo(sql(1));
    assertThat(client.memory.bytes()).isGreaterThan(sql(1).length());
  }
}
