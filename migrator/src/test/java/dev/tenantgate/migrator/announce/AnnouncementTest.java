package dev.tenantgate.migrator.announce;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnnouncementTest {

  @Test
  void aSchemaMayHaveBlanksInItsName() {
    Announcement announcement = Announcement.changed("me", "tenant_new  corp ");

    assertThat(Announcement.parse(announcement.payload())).isEqualTo(announcement);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "changed", "changed me", "changed me ", "drain me tenant_acme"})
  void whatOthersSayIsNotForUs(String payload) {
    assertThat(Announcement.parse(payload)).isNull();
  }
}
