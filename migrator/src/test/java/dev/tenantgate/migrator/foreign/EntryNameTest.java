package dev.tenantgate.migrator.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntryNameTest {

  @ParameterizedTest
  @CsvSource({
    "20240131120000,            ,                       [20240131120000], ",
    "0003,                      ,                       [3],              ",
    "1.2,                       add avatar,             '[1, 2]',         add_avatar",
    "1.2.0,                     ,                       '[1, 2]',         ",
    "003_add_user_avatar,       ,                       [3],              add_user_avatar",
    ",                          001_create_users.sql,   [1],              create_users",
    ",                          1-create-users.js,      [1],              create_users",
    ",                          0001_initial,           [1],              initial",
    ",                          000001_init.up.sql,     [1],              init",
    ",                          20240131_AddEmail,      [20240131],       add_email",
    ",                          create users,           [],               create_users",
    "1700000000001,             CreateUsers1700000000001, [1700000000001], create_users",
    "abc123,                    ,                       [],               abc123",
  })
  void numbersAndNamesAreToldApart(
      @Nullable String version, @Nullable String name, String number, @Nullable String normal) {
    EntryName entry = EntryName.of(new AppliedMigration(version, name, null, null, null, null));

    assertThat(entry.number().toString()).isEqualTo(number);
    assertThat(entry.name()).isEqualTo(normal);
  }
}
