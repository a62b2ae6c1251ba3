package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.memory.HeapBudget;
import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.SessionEffect;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@link NamedSchemas}: the tenants' schemas that statements of SQL's PREPARE name. */
class NamedSchemasTest {

  private static final SessionEffect.NamesSchemas ACME = names("tenant_acme");

  private final SessionMemory memory = new HeapBudget(1 << 20, 1 << 20).open(new EmbeddedChannel());
  private final NamedSchemas schemas = new NamedSchemas(memory, effect -> null);

  private static SessionEffect.NamesSchemas names(String... schemas) {
    return new SessionEffect.NamesSchemas(List.of(schemas));
  }

  private static SessionEffect execute() {
    return new SessionEffect.ExecuteStatement("p", List.of(), true);
  }

  private static SessionEffect prepare(SessionEffect... effects) {
    return new SessionEffect.PrepareStatement("p", List.of(effects));
  }

  @Test
  void statementNamesThemItself() {
    assertThat(schemas.namedBy(ACME)).isSameAs(ACME);
    assertThat(schemas.namedBy(SessionEffect.of(EffectKind.BEGIN))).isNull();
  }

  @Test
  void executeNamesAllThatWerePrepared() {
    assertThat(schemas.namedBy(execute())).isNull();
    assertThat(schemas.namedBy(prepare(SessionEffect.of(EffectKind.BEGIN), ACME))).isNull();
    assertThat(schemas.namedBy(prepare(names("tenant_globex", "tenant_acme")))).isNull();

    assertThat(schemas.namedBy(execute())).isEqualTo(names("tenant_acme", "tenant_globex"));
    assertThat(schemas.namedBy(new SessionEffect.Deallocate("p"))).isNull();
  }

  @Test
  void eachCountsOnceByItsBytes() {
    schemas.namedBy(prepare(ACME));
    schemas.namedBy(prepare(ACME));

    assertThat(memory.bytes()).isEqualTo(96 + "tenant_acme".length());
  }

  @Test
  void namesAloneAreNoOtherEffect() {
    assertThat(NamedSchemas.areAll(List.of())).isTrue();
    assertThat(NamedSchemas.areAll(List.of(ACME))).isTrue();
    assertThat(NamedSchemas.areAll(List.of(ACME, SessionEffect.of(EffectKind.BEGIN)))).isFalse();
  }
}
