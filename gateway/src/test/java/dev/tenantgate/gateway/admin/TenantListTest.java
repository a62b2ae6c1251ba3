package dev.tenantgate.gateway.admin;

import static dev.tenantgate.gateway.testing.TestMigrations.tenant;
import static dev.tenantgate.gateway.testing.TestMigrations.upTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.gateway.testing.TestMigrations;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TenantListTest {

  private static final Changelog CHANGELOG = TestMigrations.changelog(3);

  private final List<TenantState> tenants =
      new ArrayList<>(
          List.of(state("acme", 3), state("Ajax", 1), state("globex", 3), state("initech", 2)));

  private int heldOfInitech = 7;

  private static TenantState state(String name, int version) {
    return TenantState.of(
        SchemaStatus.of(upTo(tenant(name), version), CHANGELOG, new Target.Latest()));
  }

  private AdminResponse answer(String query) {
    AdminRequest request =
        new AdminRequest(
            HttpMethod.GET,
            List.of(),
            new QueryStringDecoder("/?" + query).parameters(),
            "",
            "test",
            "");
    Instant now = Instant.now();
    return new TenantList(
            schema -> schema.equals(tenant("initech")) ? heldOfInitech : 0,
            7,
            name -> tenant(name),
            "3")
        .answer(new FleetView(null, tenants, now, now), TenantQuery.of(request));
  }

  private JsonNode json(String query) {
    AdminResponse answer = answer(query);
    StringBuilder text = new StringBuilder(answer.body());
    if (answer.parts() != null) {
      answer.parts().forEachRemaining(text::append);
    }
    try {
      return Json.read(text.toString());
    } catch (IOException e) {
      throw new AssertionError(text.toString(), e);
    }
  }

  private List<String> names(String query) {
    return json(query).get("tenants").findValuesAsText("tenant");
  }

  @Test
  void withoutParametersThereAreAll() {
    JsonNode all = json("");

    assertThat(all.get("tenants")).hasSize(4);
    assertThat(all.get("next").isNull()).isTrue();
    assertThat(all.get("found").intValue()).isEqualTo(4);
    assertThat(all.get("totals").toString()).isEqualTo("{\"current\":2,\"behind\":2}");
    assertThat(all.get("age_ms").longValue()).isNotNegative();
    assertThat(all.get("as_of").isTextual()).isTrue();
  }

  @Test
  void filtersGoTogether() {
    assertThat(names("state=behind")).containsExactly("Ajax", "initech");
    assertThat(names("state=behind,current")).hasSize(4);
    assertThat(names("state=Behind&held=true")).containsExactly("initech");
    assertThat(names("prefix=a")).containsExactly("acme");
    assertThat(names("search=A")).containsExactly("acme", "Ajax");
    assertThat(json("state=failed").get("found").intValue()).isZero();
  }

  @Test
  void pagesFollowOnEachOther() {
    JsonNode first = json("limit=3");
    assertThat(first.get("tenants")).hasSize(3);
    assertThat(first.get("found").intValue()).isEqualTo(4);
    assertThat(first.get("next").textValue()).isEqualTo("globex");

    JsonNode second = json("limit=3&after=globex");
    assertThat(second.get("tenants").findValuesAsText("tenant")).containsExactly("initech");
    assertThat(second.get("next").isNull()).isTrue();

    assertThat(json("limit=4").get("next").isNull()).isTrue();
    assertThat(names("after=zzz")).isEmpty();
    // A tenant that has gone meanwhile marks its place all the same.
    assertThat(names("after=b")).containsExactly("globex", "initech");
  }

  @Test
  void impossibleParametersAreNamed() {
    assertThatThrownBy(() -> answer("limit=0")).hasMessageContaining("limit: must be");
    assertThatThrownBy(() -> answer("limit=x")).hasMessageContaining("was \"x\"");
    assertThatThrownBy(() -> answer("state=late")).hasMessageContaining("\"late\"");
  }

  @Test
  void tagChangesWithTheAnswerAlone() {
    String tag = answer("").tag();
    assertThat(answer("").tag()).isEqualTo(tag).matches("W/\"[0-9a-f]+\"");
    assertThat(answer("limit=2").tag()).isNotEqualTo(tag);

    heldOfInitech = 8;
    assertThat(answer("").tag()).isNotEqualTo(tag);
    heldOfInitech = 7;
    tenants.set(3, state("initech", 3));
    assertThat(answer("").tag()).isNotEqualTo(tag);
  }

  @Test
  void clientsNameTheTagsTheyHave() {
    assertThat(EntityTag.isAmong("W/\"a\"", "W/\"a\"")).isTrue();
    assertThat(EntityTag.isAmong("\"b\", \"a\"", "W/\"a\"")).isTrue();
    assertThat(EntityTag.isAmong("*", "W/\"a\"")).isTrue();
    assertThat(EntityTag.isAmong("\"b\"", "W/\"a\"")).isFalse();
  }
}
