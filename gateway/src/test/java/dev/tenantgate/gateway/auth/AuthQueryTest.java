package dev.tenantgate.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.gateway.auth.AuthQuery.Found;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How often users' secrets are asked for, and how old an answer may be. */
class AuthQueryTest {

  private final List<CompletableFuture<List<@Nullable String>>> asked = new ArrayList<>();
  private long nanos = 1;
  private final AuthQuery query =
      new AuthQuery(
          user -> {
            CompletableFuture<List<@Nullable String>> answer = new CompletableFuture<>();
            asked.add(answer);
            return answer;
          },
          () -> nanos);

  private CompletableFuture<Found> find(String user) {
    return query.find(user, () -> true);
  }

  private void answer(int number, String password) {
    asked.get(number).complete(List.of("bob", password));
  }

  private static Found password(String text) {
    return new Found(new UserSecret.Plain(text));
  }

  @Test
  void eachLoginIsAskedForAnew() {
    CompletableFuture<Found> first = find("bob");
    answer(0, "old");
    CompletableFuture<Found> second = find("bob");
    answer(1, "new");

    assertThat(first).isCompletedWithValue(password("old"));
    assertThat(second).isCompletedWithValue(password("new"));
  }

  @Test
  void loginsThatComeTogetherShareTheNextQuery() {
    CompletableFuture<Found> first = find("bob");
    CompletableFuture<Found> second = find("bob");
    CompletableFuture<Found> third = find("bob");
    assertThat(asked).hasSize(1);

    answer(0, "old");
    assertThat(first).isCompletedWithValue(password("old"));
    assertThat(second).isNotDone();
    answer(1, "new");

    assertThat(second).isCompletedWithValue(password("new"));
    assertThat(third).isCompletedWithValue(password("new"));
    assertThat(asked).hasSize(2);
  }

  @Test
  void aFloodOfLoginsIsServedByTheLastAnswer() {
    for (int i = 0; i < 1000; i++) {
      find("bob");
      if (!asked.get(asked.size() - 1).isDone()) {
        answer(asked.size() - 1, "secret");
      }
      nanos += Duration.ofMillis(1).toNanos();
    }

    assertThat(asked.size()).isBetween(50, AuthQuery.BURST + AuthQuery.MOST_PER_SECOND + 1);
    assertThat(find("alice")).isNotDone();
  }

  @Test
  void onlyThoseWhoHaveAQuerySentNeedRoomForIt() {
    CompletableFuture<Found> first = find("bob");
    CompletableFuture<Found> second = find("bob");
    assertThat(query.find("bob", () -> false)).isSameAs(second);
    assertThatThrownBy(() -> query.find("alice", () -> false)).isInstanceOf(TooManyLookups.class);

    answer(0, "secret");
    answer(1, "secret");
    assertThat(first).isCompleted();
    assertThatThrownBy(() -> query.find("bob", () -> false)).isInstanceOf(TooManyLookups.class);
  }

  @Test
  void aFailureIsNotRemembered() {
    CompletableFuture<Found> failed = find("bob");
    CompletableFuture<Found> next = find("bob");
    asked.get(0).completeExceptionally(new SecretLookupFailed("away"));
    answer(1, "secret");

    assertThat(failed).isCompletedExceptionally();
    assertThat(next).isCompletedWithValue(password("secret"));
  }
}
