package dev.tenantgate.gateway.statements;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.memory.HeapBudget;
import dev.tenantgate.gateway.scan.ScannedQuery;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StatementsTest {

  private static final HeapBudget PLENTY = new HeapBudget(1 << 30, 1 << 30);

  private static final StatementTexts TEXTS = new StatementTexts(PLENTY);

  private static ClientStatements none() {
    return new ClientStatements(TEXTS, PLENTY.open(new EmbeddedChannel()));
  }

  private static ClientStatement add(ClientStatements all, String name) {
    return add(all, name, "SELECT '" + name + "'", "");
  }

  private static ClientStatement add(
      ClientStatements all, String name, String sql, @Nullable Object settings) {
    ByteBuf bytes = Unpooled.copiedBuffer(name + "\0" + sql + "\0\0\0", StandardCharsets.UTF_8);
    int nameBytes = name.length();
    return all.add(
        bytes,
        0,
        nameBytes,
        bytes.readableBytes() - nameBytes - 1,
        ScannedQuery.NOTHING,
        settings,
        null);
  }

  @Test
  void aClientFindsWhatItHasAndNothingElse() {
    ClientStatements all = none();
    List<String> names = new ArrayList<>();
    Random random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      if (names.isEmpty() || random.nextInt(3) > 0) {
        names.add("s" + i);
        add(all, "s" + i);
      } else {
        String gone = names.remove(random.nextInt(names.size()));
        ClientStatement statement = Objects.requireNonNull(all.find(gone));
        all.remove(statement);
        all.remove(statement);
        assertThat(all.find(gone)).isNull();
      }
    }
    assertThat(all.size()).isEqualTo(names.size());
    assertThat(names).allSatisfy(name -> assertThat(all.find(name)).isNotNull());
    all.clear();
    assertThat(all.find(names.get(0))).isNull();
  }

  @Test
  void whatIsPutBackDoesNotReplaceWhatCameSince() {
    ClientStatements all = none();
    ClientStatement kept = add(all, "kept");
    add(all, "again");
    ClientStatements taken = all.takeAll(0);
    assertThat(all.find("kept")).isNull();
    ClientStatement again = add(all, "again");

    all.putBack(taken);

    assertThat(all.find("kept")).isSameAs(kept);
    assertThat(all.find("again")).isSameAs(again);
    assertThat(all.size()).isEqualTo(2);
  }

  /** The server does the one, then the other: it has lost what the first has left. */
  @Test
  void whatTheFirstDidNotRemoveIsTheSecondsToRemove() {
    ClientStatements all = none();
    ClientStatement before = add(all, "before");
    ClientStatement closed = add(all, "closed");
    all.remove(closed);
    ClientStatements first = all.takeAll(0);
    ClientStatement between = add(all, "between");
    ClientStatements second = all.takeAll(0);
    add(all, "behind");

    all.remove(between);
    all.putBack(first);
    all.putBack(closed);
    assertThat(all.find("before")).isNull();
    assertThat(all.find("closed")).isNull();
    assertThat(all.size()).isEqualTo(1);

    all.putBack(second);
    assertThat(all.find("before")).isSameAs(before);
    assertThat(all.find("closed")).isSameAs(closed);
    assertThat(all.find("between")).isNull();

    ClientStatements third = all.takeAll(0);
    all.lost(third);
    all.putBack(all.takeAll(0));
    assertThat(all.size()).isZero();
  }

  @Test
  void clientsShareWhatTheyWereToldTheSameOf() {
    ClientStatement one = one("SELECT 1", "UTC");
    ClientStatement other = one("SELECT 1", "UTC");
    assertThat(other.key("a", 1)).as("before it is known").isNotEqualTo(one.key("a", 1));

    for (ClientStatement each : List.of(one, other)) {
      each.tell(description(23));
    }
    PlanKey key = one.key("a", 1);
    assertThat(other.key("a", 1)).isEqualTo(key).isSameAs(other.key("a", 1));
    assertThat(other.key("b", 1)).isNotEqualTo(key);
    assertThat(other.key("a", 2)).isNotEqualTo(key);

    ClientStatement elsewhere = one("SELECT 1", "CET");
    elsewhere.tell(description(23));
    assertThat(elsewhere.key("a", 1)).as("other settings").isNotEqualTo(key);
    ClientStatement changed = one("SELECT 1", "UTC");
    changed.tell(description(25));
    assertThat(changed.key("a", 1)).as("another type").isNotEqualTo(key);
    ClientStatement unknown = one("SELECT 1", null);
    unknown.tell(description(23));
    assertThat(unknown.key("a", 1)).as("settings that nobody knows").isNotEqualTo(key);
  }

  @Test
  void aStatementIsNotServedByWhatWasAnalysedBeforeItsParse() {
    long before = AnalysisClock.tick();
    ClientStatement statement = one("SELECT 1", "");
    statement.tell(description(23));
    long after = AnalysisClock.tick();
    assertThat(statement.isServedBy(before, 0)).isFalse();
    assertThat(statement.isServedBy(after, 0)).isTrue();
    assertThat(statement.isServedBy(after, AnalysisClock.tick())).as("names changed").isFalse();
  }

  @Test
  void aDescriptionIsWhatPostgresCompares() {
    assertThat(description(23)).isSameAs(description(23)).isNotEqualTo(description(25));
    assertThat(Description.of(new byte[] {0, 0}, null))
        .isNotEqualTo(Description.of(new byte[] {0, 1, 0, 0, 0, 23}, null))
        .isNotEqualTo(Description.of(new byte[] {0, 0}, columns("a", 16384, 23)));
    assertThat(Description.of(new byte[] {0, 0}, columns("a", 16384, 23)))
        .isEqualTo(Description.of(new byte[] {0, 0}, columns("a", 16500, 23)))
        .isNotEqualTo(Description.of(new byte[] {0, 0}, columns("b", 16384, 23)));
  }

  private static ClientStatement one(String sql, @Nullable Object settings) {
    return add(none(), "s", sql, settings);
  }

  private static Description description(int type) {
    return Description.of(new byte[] {0, 0}, columns("a", 0, type));
  }

  private static ByteBuf columns(String name, int table, int type) {
    ByteBuf body = Unpooled.buffer().writeShort(1);
    body.writeCharSequence(name, StandardCharsets.US_ASCII);
    return body.writeByte(0)
        .writeInt(table)
        .writeShort(1)
        .writeInt(type)
        .writeShort(4)
        .writeInt(-1)
        .writeShort(0);
  }
}
