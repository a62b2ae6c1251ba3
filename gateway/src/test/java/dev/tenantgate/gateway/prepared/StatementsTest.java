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
