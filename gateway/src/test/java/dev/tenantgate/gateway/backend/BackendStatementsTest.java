package dev.tenantgate.gateway.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.memory.HeapBudget;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.statements.ClientStatement;
import dev.tenantgate.gateway.statements.ClientStatements;
import dev.tenantgate.gateway.statements.PlanKey;
import dev.tenantgate.gateway.statements.StatementText;
import dev.tenantgate.gateway.statements.StatementTexts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BackendStatementsTest {

  private static PlanKey key(String sql) {
    ByteBuf bytes = Unpooled.copiedBuffer(sql + "\0\0\0", StandardCharsets.UTF_8);
    StatementText text = StatementText.of(bytes, 0, bytes.readableBytes(), ScannedQuery.NOTHING);
    return new PlanKey(text.identity(), null, null, null, 0, 0);
  }

  @Test
  void aBackendHasWhatTheLastToBeRunHasLeft() {
    BackendStatements backend = new BackendStatements();
    PlanKey a = key("a");
    PlanKey b = key("b");
    BackendStatement onWay = backend.add(a, 1, 1, null);
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

    BackendStatement again = backend.add(b, 3, 1, null);
    BackendStatements third = backend.takeAll();
    backend.confirm(again);
    backend.putBack(third);
    assertThat(backend.find(b, 4)).isSameAs(again);
    assertThat(backend.evict(10)).as("nobody has another in its place").isNull();
  }

  @Test
  void theOneUnusedForLongestMakesWay() {
    BackendStatements backend = new BackendStatements();
    PlanKey a = key("a");
    PlanKey b = key("b");
    BackendStatement first = backend.add(a, 1, 1, null);
    backend.add(b, 1, 1, null);
    assertThat(backend.evict(2)).isNull();
    assertThat(backend.find(a, 1)).isSameAs(first);

    assertThat(backend.evict(1)).extracting(BackendStatement::key).isEqualTo(b);
    assertThat(backend.find(b, 1)).isNull();
  }

  /** The batch that was to prepare it may have failed before it came to that. */
  @Test
  void anotherBatchUsesOnlyWhatIsConfirmed() {
    BackendStatements backend = new BackendStatements();
    PlanKey key = key("a");
    BackendStatement first = backend.add(key, 1, 1, null);
    assertThat(backend.find(key, 2)).isNull();
    BackendStatement second = backend.add(key, 2, 1, null);
    assertThat(second.name()).isNotEqualTo(first.name());
    backend.confirm(first);
    backend.confirm(second);

    assertThat(backend.find(key, 3)).isSameAs(second);
    assertThat(backend.evict(10)).isSameAs(first);
    backend.forget(second);
    assertThat(backend.find(key, 3)).isNull();
  }

  @Test
  void whatIsOfNoUseToAnybodyIsClosedNext() {
    BackendStatements backend = new BackendStatements();
    BackendStatement kept = backend.add(key("kept"), 1, 1, null);
    backend.confirm(kept);
    HeapBudget plenty = new HeapBudget(1 << 30, 1 << 30);
    ClientStatements client =
        new ClientStatements(new StatementTexts(plenty), plenty.open(new EmbeddedChannel()));
    ByteBuf parse = Unpooled.copiedBuffer("s\0own\0\0\0", StandardCharsets.UTF_8);
    ClientStatement owner = client.add(parse, 0, 1, 6, ScannedQuery.NOTHING, "", null);
    BackendStatement own = backend.add(owner.ownKey(), 1, owner.sentAt(), owner);
    backend.confirm(own);
    assertThat(backend.evict(10)).isNull();

    backend.retire(kept);
    assertThat(backend.find(key("kept"), 4)).isNull();
    assertThat(backend.evict(10)).isSameAs(kept);
    assertThat(backend.evict(10)).isNull();
    ClientStatements taken = client.takeAll(0);
    assertThat(backend.evict(10)).as("it may be put back").isNull();
    client.lost(taken);
    assertThat(backend.evict(10)).isSameAs(own);
  }
}
