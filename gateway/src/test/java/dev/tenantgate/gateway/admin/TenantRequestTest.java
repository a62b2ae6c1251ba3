package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TenantRequestTest {

  @Test
  void theSlugIsTheTenantAndAllFieldsAreValues() {
    TenantRequest request =
        TenantRequest.read(
            """
            {"name": "New Corp", "slug": "newcorp", "seats": 5, "trial": true, "phone": null,
             "admin": {"email": "a@b"}, "tags": ["x", 1]}
            """);

    assertThat(request.tenant()).isEqualTo("newcorp");
    assertThat(request.values().given())
        .isEqualTo(
            Map.of(
                "name", Optional.of("New Corp"),
                "slug", Optional.of("newcorp"),
                "seats", Optional.of("5"),
                "trial", Optional.of("true"),
                "phone", Optional.empty(),
                "admin.email", Optional.of("a@b"),
                "tags", Optional.of("[\"x\",1]")));
  }

  @Test
  void withoutASlugTheNameIsTheTenant() {
    assertThat(TenantRequest.read("{\"name\": \"newcorp\"}").tenant()).isEqualTo("newcorp");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{}",
        "{\"name\": 1}",
        "{\"name\": \"a\", \"slug\": 1}",
        "{\"name\": \"a\", \"b c\": 1}",
        "{\"name\": \"a\", \"b\": \"\\u0000\"}",
        "{\"name\":\"a\",\"b\":{\"b\":{\"b\":{\"b\":{\"b\":{\"b\":{\"b\":{\"b\":{\"b\":1}}}}}}}}}"
      })
  void whatIsWrongIsSaid(String body) {
    assertThatThrownBy(() -> TenantRequest.read(body)).isInstanceOf(IllegalArgumentException.class);
  }
}
