package dev.tenantgate.gateway.prepared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.scan.ScannedQuery;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StatementsTest {

  private static StatementText text(String sql) {
    ByteBuf bytes = Unpooled.copiedBuffer(sql + "\0\0\0", StandardCharsets.UTF_8);
    return StatementText.of(bytes, 0, bytes.readableBytes(), ScannedQuery.NOTHING);
  }

  private static ClientStatement add(ClientStatements all, String name) {
    ByteBuf bytes = Unpooled.copiedBuffer(name, StandardCharsets.UTF_8);
    return all.add(bytes, 0, bytes.readableBytes(), text("SELECT '" + name + "'"));
  }

  @Test
  void aClientFindsWhatItHasAndNothingElse() {
    ClientStatements all = new ClientStatements();
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
    ClientStatements all = new ClientStatements();
    ClientStatement kept = add(all, "kept");
    add(all, "again");
    ClientStatements taken = all.takeAll();
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
    ClientStatements all = new ClientStatements();
    ClientStatement before = add(all, "before");
    ClientStatement closed = add(all, "closed");
    all.remove(closed);
    ClientStatements first = all.takeAll();
    ClientStatement between = add(all, "between");
    ClientStatements second = all.takeAll();
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

    ClientStatements third = all.takeAll();
    all.lost(third);
    all.putBack(all.takeAll());
    assertThat(all.size()).isZero();
  }

  @Test
  void aBackendHasWhatTheLastToBeRunHasLeft() {
    BackendStatements backend = new BackendStatements();
    PlanKey a = new PlanKey(text("a"), null, 0);
    PlanKey b = new PlanKey(text("b"), null, 0);
    BackendStatement onWay = backend.add(a, 1);
    backend.addSetter();
    BackendStatements first = backend.takeAll();
    BackendStatements second = backend.takeAll();
    assertThat(backend.hasSetter()).isFalse();

    backend.confirm(onWay);
    backend.putBack(first);
    assertThat(backend.find(a, 2)).isNull();
    backend.lost(second);
    assertThat(backend.find(a, 2)).isNull();
    assertThat(backend.hasSetter()).isFalse();

    BackendStatement again = backend.add(b, 3);
    BackendStatements third = backend.takeAll();
    backend.confirm(again);
    backend.putBack(third);
    assertThat(backend.find(b, 4)).isSameAs(again);
    assertThat(backend.evict(10)).as("nobody has another in its place").isNull();
  }

  @Test
  void clientsShareTheSameTextOnTheSamePath() {
    ClientStatements one = new ClientStatements();
    ClientStatements other = new ClientStatements();
    ByteBuf name = Unpooled.copiedBuffer("s", StandardCharsets.UTF_8);
    PlanKey key = one.add(name, 0, 1, text("SELECT 1")).key("a", 1);
    ClientStatement same = other.add(name, 0, 1, text("SELECT 1"));

    assertThat(same.key("a", 1)).isEqualTo(key).isSameAs(same.key("a", 1));
    assertThat(same.key("b", 1)).isNotEqualTo(key);
    assertThat(same.key("a", 2)).isNotEqualTo(key);
  }

  @Test
  void theOneUnusedForLongestMakesWay() {
    BackendStatements backend = new BackendStatements();
    PlanKey a = new PlanKey(text("a"), null, 0);
    PlanKey b = new PlanKey(text("b"), null, 0);
    BackendStatement first = backend.add(a, 1);
    backend.add(b, 1);
    assertThat(backend.evict(2)).isNull();
    assertThat(backend.find(a, 1)).isSameAs(first);

    assertThat(backend.evict(1)).extracting(BackendStatement::key).isEqualTo(b);
    assertThat(backend.find(b, 1)).isNull();
  }

  /** The batch that was to prepare it may have failed before it came to that. */
  @Test
  void anotherBatchUsesOnlyWhatIsConfirmed() {
    BackendStatements backend = new BackendStatements();
    PlanKey key = new PlanKey(text("a"), null, 0);
    BackendStatement first = backend.add(key, 1);
    assertThat(backend.find(key, 2)).isNull();
    BackendStatement second = backend.add(key, 2);
    assertThat(second.name()).isNotEqualTo(first.name());
    backend.confirm(first);
    backend.confirm(second);

    assertThat(backend.find(key, 3)).isSameAs(second);
    assertThat(backend.evict(10)).isSameAs(first);
    backend.forget(second);
    assertThat(backend.find(key, 3)).isNull();
  }
}
